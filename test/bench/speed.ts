// `npm run bench`: creates per second, compared with conventional servers, in alternating rounds of one run.
// `npm run bench -- speed --quick [CONTENDER ...]`: a short run with 32 connections, for work on performance.
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { seedDemo } from '../../server/demo/demo.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import { startServerProcess } from '../support/process/server-process.ts';
import { ROOT } from '../support/project-copy.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

export interface RunOptions {
  connections: number[];
  /** Starts of every contender, each on an empty database. Evens out differences between processes. */
  starts: number;
  /** Rounds after each start. In a round, every contender is measured with every number of connections. */
  rounds: number;
  /** Warm-up of each contender after its start, with the largest number of connections. */
  warmUpSeconds: number;
  /** Duration of one measurement. */
  seconds: number;
}

/** Published figures come from full runs. */
export const FULL_RUN: RunOptions = { connections: [1, 32, 256], starts: 3, rounds: 5, warmUpSeconds: 10, seconds: 2 };
const QUICK_RUN: RunOptions = { connections: [32], starts: 1, rounds: 5, warmUpSeconds: 6, seconds: 2 };
/** Warm-up of the load generator before each measurement. */
const CLIENT_WARM_UP_SECONDS = 1;

export interface Contender {
  name: string;
  /** Starts the contender on the database that `prepare` created. */
  start(database: string): Promise<{ child: ChildProcess; url: string }>;
}

const CONTENDERS: Contender[] = [
  { name: 'ours', start: startOurs },
  { name: 'usual Express', start: (path) => startScript('usual-express.ts', path) },
  { name: 'usual Fastify', start: (path) => startScript('usual-fastify.ts', path) },
  { name: 'limit', start: (path) => startScript('limit.ts', path) },
];

/** One contender with one number of connections. */
interface Measurement {
  contender: string;
  connections: number;
  /** Start and round. Only measurements of the same round are compared, because load on the machine changes. */
  round: string;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  failures: number;
  /** At the end of the measurement. */
  residentMb: number;
  /** CPU time of the server for one create. Depends less on other load than creates per second. */
  cpuMicroseconds: number;
}

/** As `npm start`: default log level, rate limit off. The log goes to a pipe that is read. */
async function startOurs(databasePath: string) {
  const { child, url } = startServerProcess({ DATABASE_PATH: databasePath, RATE_LIMIT_PER_MINUTE: '0' });
  return { child, url: await url };
}

/** Starts a program of `contenders/`, which prints its port as JSON once it listens. */
export async function startScript(file: string, database: string) {
  const child = spawn(
    process.execPath,
    [join(ROOT, 'test/bench/contenders', file), database, join(ROOT, 'openapi/openapi.yaml')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = await once(child.stdout, 'data');
  return { child, url: `http://127.0.0.1:${JSON.parse(String(line)).port}` };
}

/** Pins a process to a core, so that server and load generator do not share one. Linux only. */
export function pin(pid: number | undefined, core: number): void {
  if (process.platform !== 'linux' || cpus().length < 2 || pid === undefined) return;
  try {
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)], { stdio: 'ignore' });
  } catch {
    notes.add('taskset is missing: server and load generator were not pinned to separate cores.');
  }
}
export const notes = new Set<string>();

/** Prints the notes, and the results with the machine as one line of JSON. */
export function printResults(results: object): void {
  for (const note of notes) console.log(note);
  const machine = {
    date: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
  };
  console.log(JSON.stringify({ ...machine, ...results }));
}

interface Load {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  created: number;
  /** Including the warm-up. */
  createdTotal: number;
  failures: number;
}

/** What is sent instead of a create with two members, or besides its headers. */
export interface LoadRequest {
  headers?: Record<string, string>;
  body?: object;
}

/** Generates load in a process of its own. The warm-up is not measured. */
export async function load(
  url: string,
  connections: number,
  seconds: number,
  warmUpSeconds = 0,
  request?: LoadRequest,
): Promise<Load> {
  // Not `execFileSync`: the server's log must be read meanwhile, or its pipe fills.
  const script = join(ROOT, 'test/bench/load.ts');
  const sent = JSON.stringify(request ?? {});
  const args = [script, url, connections, seconds, '/api/customer-organizations', warmUpSeconds, sent].map(String);
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
}

/** Resident memory of a process in MB, from Linux's /proc. */
export function residentMb(pid: number | undefined): number {
  if (process.platform !== 'linux') return Number.NaN;
  const [, kb = ''] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb) / 1024;
}

/** CPU seconds of a process, user and system, from Linux's /proc in hundredths (proc_pid_stat(5)). */
export function cpuSeconds(pid: number | undefined): number {
  if (process.platform !== 'linux') return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

interface Running {
  name: string;
  child: ChildProcess;
  url: string;
}

async function measure(
  { name, child, url }: Running,
  connections: number,
  round: string,
  options: RunOptions,
): Promise<Measurement> {
  const before = cpuSeconds(child.pid);
  const { perSecond, p50Ms, p99Ms, createdTotal, failures } = await load(
    url,
    connections,
    options.seconds,
    CLIENT_WARM_UP_SECONDS,
  );
  const cpuMicroseconds = ((cpuSeconds(child.pid) - before) / createdTotal) * 1_000_000;
  const measured = { perSecond, p50Ms, p99Ms, failures, residentMb: residentMb(child.pid), cpuMicroseconds };
  return { contender: name, connections, round, ...measured };
}

export const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

export async function run(): Promise<void> {
  const [, quick, ...names] = process.argv.slice(2);
  const options = quick === '--quick' ? QUICK_RUN : FULL_RUN;
  const chosen = CONTENDERS.filter(({ name }) => names.length === 0 || names.includes(name));
  await using folder = await temporaryFolder();
  await compareContenders(chosen, options, async (name) => {
    const path = join(folder.path, `${name}.db`);
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    const store = openSqliteStore({ path });
    await seedDemo(store);
    await store.close();
    return path;
  });
}

/**
 * Measures the contenders in alternating order. `prepare` creates the database of a contender before each start. Prints
 * a table for each number of connections, then all results as JSON.
 */
export async function compareContenders(
  contenders: Contender[],
  options: RunOptions,
  prepare: (contender: string) => Promise<string>,
): Promise<void> {
  const measurements: Measurement[] = [];
  for (let start = 1; start <= options.starts; start++)
    measurements.push(...(await startAndCompare(contenders, options, prepare, start)));
  const results = options.connections.map((connections, index) => ({
    connections,
    contenders: Object.fromEntries(
      contenders.map(({ name }) => [name, summarize(measurements, name, connections, options.connections[index - 1])]),
    ),
  }));
  for (const { connections, contenders } of results) {
    console.log(`\n${connections} connections`);
    console.table(contenders);
  }
  printResults({ results, measurements });
}

async function startAndCompare(
  contenders: Contender[],
  options: RunOptions,
  prepare: (contender: string) => Promise<string>,
  start: number,
): Promise<Measurement[]> {
  const running: Running[] = [];
  const measurements: Measurement[] = [];
  pin(process.pid, 1);
  try {
    for (const contender of contenders) {
      const { name } = contender;
      const started = { name, ...(await contender.start(await prepare(name))) };
      running.push(started);
      pin(started.child.pid, 0);
      await load(started.url, Math.max(...options.connections), options.warmUpSeconds);
    }
    for (let round = 1; round <= options.rounds; round++) {
      const order = round % 2 ? running : running.toReversed();
      for (const connections of options.connections) {
        for (const each of order) measurements.push(await measure(each, connections, `${start}.${round}`, options));
      }
      process.stderr.write(`start ${start} of ${options.starts}, round ${round} of ${options.rounds}\r`);
    }
  } finally {
    for (const { child } of running) {
      const closed = once(child, 'close');
      if (child.kill('SIGKILL')) await closed;
    }
  }
  return measurements;
}

/** Medians of all measurements. Ratios are medians of the ratios within each round. */
function summarize(measurements: Measurement[], contender: string, connections: number, fewer: number | undefined) {
  const of = (name: string, count: number) =>
    measurements.filter((each) => each.contender === name && each.connections === count);
  const own = of(contender, connections);
  const all = (field: 'perSecond' | 'p50Ms' | 'p99Ms' | 'residentMb' | 'cpuMicroseconds') =>
    own.map((each) => each[field]);
  const compare = (left: Measurement[], right: Measurement[]) => {
    const ratios = left.flatMap(({ round, perSecond }) => {
      const other = right.find((each) => each.round === round);
      return other ? [perSecond / other.perSecond] : [];
    });
    return Number(median(ratios).toFixed(2));
  };
  const failures = own.reduce((sum, each) => sum + each.failures, 0);
  return {
    perSecond: Math.round(median(all('perSecond'))),
    spread: `${Math.round(Math.min(...all('perSecond')))}–${Math.round(Math.max(...all('perSecond')))}`,
    p50Ms: median(all('p50Ms')),
    p99Ms: median(all('p99Ms')),
    residentMb: Math.round(median(all('residentMb'))),
    cpuMicroseconds: Math.round(median(all('cpuMicroseconds'))),
    failures,
    'ours / this': compare(of('ours', connections), own),
    ...(fewer !== undefined && { [`this / this at ${fewer}`]: compare(own, of(contender, fewer)) }),
    ...(failures > 0 && { invalid: 'responses other than 201' }),
  };
}
