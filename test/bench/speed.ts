// `npm run bench`: creates a second, ours beside the same work written the usual way. All in one run, on the same database, in turns.
// `npm run bench -- speed --quick [CONTENDER ...]` is for who works on the speed: 32 connections, short rounds, the named contenders.
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { seedDemo } from '../../server/demo.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import { ROOT } from '../project-copy.ts';
import { startServerProcess } from '../server-process.ts';
import { temporaryFolder } from '../targets.ts';

export interface Plan {
  connections: number[];
  rounds: number;
  warmUpSeconds: number;
  seconds: number;
}

/** What is published comes from the whole plan. */
export const WHOLE: Plan = { connections: [1, 32, 256], rounds: 5, warmUpSeconds: 10, seconds: 3 };
const QUICK: Plan = { connections: [32], rounds: 3, warmUpSeconds: 4, seconds: 2 };

export interface Contender {
  name: string;
  /** Starts it on the database that `prepare` made. */
  start(database: string): Promise<{ child: ChildProcess; url: string }>;
}

const CONTENDERS: Contender[] = [
  { name: 'ours', start: startOurs },
  { name: 'usual Express', start: (path) => startScript('usual-express.ts', path) },
  { name: 'usual Fastify', start: (path) => startScript('usual-fastify.ts', path) },
  { name: 'limit', start: (path) => startScript('limit.ts', path) },
];

interface Round {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  faults: number;
  created: number;
  residentMb: number;
  /** Share of its core that the server used. Far below 100 %, what was measured is something else: the disk, or the load. */
  cpuPercent: number;
}

/** As `npm start` runs it: production, log level as shipped, request limit off. The log goes to a pipe that is read. */
async function startOurs(databasePath: string) {
  const { child, url } = startServerProcess({ DATABASE_PATH: databasePath, RATE_LIMIT_PER_MINUTE: '0' });
  return { child, url: await url };
}

/** Starts a program of `contenders/`, which prints its address as JSON once it listens. */
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

/** Keeps server and load from taking each other's core, where the system can. */
export function pin(pid: number | undefined, core: number): void {
  if (process.platform !== 'linux' || cpus().length < 2 || pid === undefined) return;
  try {
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)], { stdio: 'ignore' });
  } catch {
    notes.add('taskset is missing: server and load were not pinned to cores of their own.');
  }
}
export const notes = new Set<string>();

export async function load(
  url: string,
  connections: number,
  seconds: number,
): Promise<Omit<Round, 'residentMb' | 'cpuPercent'>> {
  // Not `execFileSync`: a server whose log nobody reads waits for its reader.
  const script = join(ROOT, 'test/bench/load.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, url, String(connections), String(seconds)]);
  return JSON.parse(stdout);
}

/** Resident memory of a process in MB, from Linux's /proc. */
export function residentMb(pid: number | undefined): number {
  if (process.platform !== 'linux') return Number.NaN;
  const [, kb = ''] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb) / 1024;
}

/** Seconds of processor time that a process has used, from Linux's /proc: user and system, in hundredths (proc_pid_stat(5)). */
function cpuSeconds(pid: number | undefined): number {
  if (process.platform !== 'linux') return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function runRound({ start }: Contender, database: string, connections: number, plan: Plan) {
  const { child, url } = await start(database);
  try {
    pin(child.pid, 0);
    pin(process.pid, 1);
    await load(url, connections, plan.warmUpSeconds);
    const before = cpuSeconds(child.pid);
    const result = await load(url, connections, plan.seconds);
    const cpuPercent = ((cpuSeconds(child.pid) - before) / plan.seconds) * 100;
    return { ...result, residentMb: residentMb(child.pid), cpuPercent };
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
}

export const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

function summarize(rounds: Round[]) {
  const of = (field: keyof Round) => rounds.map((round) => round[field]);
  return {
    perSecond: Math.round(median(of('perSecond'))),
    spread: `${Math.round(Math.min(...of('perSecond')))}–${Math.round(Math.max(...of('perSecond')))}`,
    p50Ms: median(of('p50Ms')),
    p99Ms: median(of('p99Ms')),
    residentMb: Math.round(median(of('residentMb'))),
    cpuPercent: Math.round(median(of('cpuPercent'))),
    faults: of('faults').reduce((sum, each) => sum + each, 0),
  };
}

export async function run(): Promise<void> {
  const [, quick, ...names] = process.argv.slice(2);
  const plan = quick === '--quick' ? QUICK : WHOLE;
  const chosen = CONTENDERS.filter(({ name }) => names.length === 0 || names.includes(name));
  await using folder = await temporaryFolder();
  await compareContenders(chosen, plan, async () => {
    const path = join(folder.path, 'bench.db');
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    const store = openSqliteStore({ path });
    await seedDemo(store);
    await store.close();
    return path;
  });
}

/**
 * Lets contenders take turns, each time on a database that `prepare` has just made. Prints a table for each number of connections, then all of it as
 * JSON.
 */
export async function compareContenders(
  contenders: Contender[],
  plan: Plan,
  prepare: () => Promise<string>,
): Promise<void> {
  const rounds = new Map<string, Round[]>();
  for (let round = 1; round <= plan.rounds; round++) {
    for (const connections of plan.connections) {
      for (const contender of contenders) {
        const key = `${connections} ${contender.name}`;
        rounds.set(key, [...(rounds.get(key) ?? []), await runRound(contender, await prepare(), connections, plan)]);
        process.stderr.write(
          `round ${round} of ${plan.rounds}, ${connections} connections: ${contender.name}          \r`,
        );
      }
    }
  }
  const results = plan.connections.map((connections) => ({
    connections,
    contenders: Object.fromEntries(
      contenders.map(({ name }) => [name, summarize(rounds.get(`${connections} ${name}`) ?? [])]),
    ),
  }));
  for (const { connections, contenders } of results) {
    const ours = contenders.ours?.perSecond ?? Number.NaN;
    console.log(`\n${connections} connections`);
    console.table(
      Object.fromEntries(
        Object.entries(contenders).map(([name, row]) => [
          name,
          {
            ...row,
            'ours is': `${(ours / row.perSecond).toFixed(2)} x`,
            ...(row.faults > 0 && { verdict: 'disqualified: not only 201' }),
          },
        ]),
      ),
    );
  }
  for (const note of notes) console.log(note);
  console.log(
    JSON.stringify({
      date: new Date().toISOString(),
      node: process.version,
      cpu: cpus()[0]?.model,
      cores: cpus().length,
      results,
    }),
  );
}
