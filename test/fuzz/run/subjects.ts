// The subjects: the server and the mock as users start them, each in a process of its own, or anything at a URL.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import manifest from '../../../package.json' with { type: 'json' };
import { DEMO_KEY, SAMPLE_CUSTOMERS } from '../../../server/demo/demo.ts';
import { command } from '../../support/process/command.ts';
import { ROOT } from '../../support/project-copy.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import type { Rules } from '../model/check-response.ts';
import type { StoredOrganization } from '../model/ledger.ts';
import type { Address } from './play-script.ts';

/** The resources that a process uses. */
export interface Gauges {
  rssBytes: number;
  cpuSeconds: number;
  /** The longest delay of the event loop since the last measurement; undefined where it is not measured. */
  delaySeconds?: number;
}

/** A target that scripts are played to. */
export interface Subject {
  name: 'server' | 'mock' | 'url';
  rules: Rules;
  address(): Address;
  /** How the process has ended, if it has. */
  ended(): string | undefined;
  /** Restarts a process that has ended, on the same store. */
  restart(): Promise<void>;
  /** Problems that the process has logged since the last call. */
  takeProblems(): string[];
  /** The request IDs without a line in the log; undefined if the log cannot be read. */
  findUnlogged?(requestIds: readonly string[]): string[];
  readGauges?(): Promise<Gauges | undefined>;
  /** All stored organizations. */
  exportOrganizations?(): Promise<StoredOrganization[]>;
  /** The most memory that it may have, in bytes. */
  rssLimit: number;
  close(): Promise<void>;
}

const RULES: Omit<Rules, 'mock' | 'relaxed'> = {
  ...DEMO_KEY,
  customers: new Set(SAMPLE_CUSTOMERS.map(({ id }) => id)),
};
const MEBIBYTE = 2 ** 20;

/** The server on a SQLite file of its own, without limits of requests, as `npm start` starts it. */
export async function startServer(): Promise<Subject> {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'fuzz.db');
  const environment = { DATABASE_PATH: path, PORT: '0', RATE_LIMIT_PER_MINUTE: '0', FAILED_LOGINS_PER_MINUTE: '0' };
  const child = new Program(manifest.scripts.start, [], environment);
  await child.start();
  return {
    ...child.asSubject('server'),
    readGauges: () => readMetrics(child.address()),
    exportOrganizations: () => exportOrganizations(path),
    rssLimit: 300 * MEBIBYTE,
    close: async () => {
      await child.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The mock as `npm run mock` starts it. */
export async function startMock(): Promise<Subject> {
  const child = new Program(manifest.scripts.mock, ['--port', '0', '--host', '127.0.0.1'], {});
  await child.start();
  return {
    ...child.asSubject('mock'),
    readGauges: () => readProcess(child.pid),
    rssLimit: 500 * MEBIBYTE,
    close: () => child.stop(),
  };
}

/** Anything that listens, such as a proxy in front of a server. */
export async function useUrl(base: URL, user: { clientId: string; secret: string }): Promise<Subject> {
  const address = { host: base.hostname.replace(/^\[|\]$/g, ''), port: Number(base.port || 80) };
  return {
    name: 'url',
    rules: { ...RULES, ...user, mock: false, relaxed: true },
    address: () => address,
    ended: () => undefined,
    restart: async () => {},
    takeProblems: () => [],
    rssLimit: Number.POSITIVE_INFINITY,
    close: async () => {},
  };
}

/** The output of a server with the demo account on standard error at its start. */
const START = /^\s*Customer organizations on \S+\nDemo credentials: /;

const END_WITH_PARENT = join(ROOT, 'test/support/process/end-with-parent.cjs');

/** A subject that is a program of this package. */
class Program {
  readonly #args: readonly string[];
  readonly #environment: Record<string, string>;
  #child: ChildProcess | undefined;
  #ended: string | undefined;
  #port = 0;
  #problems: string[] = [];
  /** Request IDs in the log that have not been checked yet. */
  readonly #logged = new Set<string>();

  constructor(script: string, flags: readonly string[], environment: Record<string, string>) {
    this.#args = [...script.split(' ').slice(1), ...flags];
    this.#environment = environment;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  address(): Address {
    return { host: '127.0.0.1', port: this.#port };
  }

  asSubject(name: 'server' | 'mock') {
    return {
      name,
      rules: { ...RULES, mock: name === 'mock', relaxed: false },
      address: () => this.address(),
      ended: () => this.#ended,
      restart: () => this.start(),
      takeProblems: () => this.#problems.splice(0),
      findUnlogged: (ids: readonly string[]) => ids.filter((id) => !this.#logged.delete(id)),
    };
  }

  /** Starts the process. Resolves when it listens. */
  async start(): Promise<void> {
    this.#ended = undefined;
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...this.#environment };
    const child = spawn(process.execPath, ['--require', END_WITH_PARENT, ...this.#args], {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // In a process group of its own, so that Ctrl-C on a terminal does not end it before the run.
      detached: true,
    });
    this.#child = child;
    let errors = '';
    child.stderr?.on('data', (chunk) => {
      if (START.test(String(chunk))) return;
      errors += String(chunk);
      this.#problems.push(`the standard error says: ${String(chunk).slice(0, 2000)}`);
    });
    const ended = once(child, 'close').then(([code, signal]) => {
      this.#ended = `the process ended with ${code ?? signal}: ${errors.slice(-2000)}`;
      throw new Error(this.#ended);
    });
    ended.catch(() => {});
    const listens = new Promise<void>((settle) => {
      forEachLine(child.stdout, (line) => {
        const port = /http:\/\/[^\s"/]+:(\d+)/.exec(line)?.[1];
        if (port !== undefined && !line.includes('requestId')) {
          this.#port = Number(port);
          settle();
        }
        this.#readLine(line);
      });
    });
    await Promise.race([listens, ended]);
  }

  async stop(): Promise<void> {
    if (!this.#child || this.#ended !== undefined) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
  }

  #readLine(line: string): void {
    const [, level = ''] = /^\{"level":"(\w+)"/.exec(line) ?? [];
    if (level === 'error' || level === 'fatal') this.#problems.push(`the log says: ${line.slice(0, 2000)}`);
    const [, id] = /"requestId":"([^"]+)"/.exec(line) ?? [];
    if (id !== undefined) this.#logged.add(id);
  }
}

function forEachLine(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = '';
  stream?.on('data', (chunk) => {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}

/** Reads the resources from the server's own metrics. */
async function readMetrics({ host, port }: Address): Promise<Gauges | undefined> {
  const text = await fetch(`http://${host}:${port}/metrics`).then(
    (response) => response.text(),
    () => '',
  );
  const read = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  return {
    rssBytes: read('process_resident_memory_bytes'),
    cpuSeconds: read('process_cpu_seconds_total'),
    delaySeconds: read('nodejs_eventloop_lag_max_seconds'),
  };
}

/** The unit of times in `/proc/PID/stat`: hundredths of a second. */
const TICKS = 100;

/** Reads the resources of a process without metrics from Linux. On other systems, nothing is measured. */
async function readProcess(pid: number | undefined): Promise<Gauges | undefined> {
  if (process.platform !== 'linux') return undefined;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return {
    rssBytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1024,
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
  };
}

/** Exports the organizations as an operator does. */
async function exportOrganizations(path: string): Promise<StoredOrganization[]> {
  const { code, stdout, stderr } = await command(path, 'organizations', 'export', '--account', 'Demo');
  if (code !== 0) throw new Error(`The organizations cannot be exported: ${stderr}`);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .map(({ id, owner, members }) => ({
      id,
      owner: owner.id,
      members: members.map((each: { id: string }) => each.id),
    }));
}
