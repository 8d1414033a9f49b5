// `npm run bench`: creates a second, ours beside the same work written the usual way. All in one run, on the same database, in turns.
// `npm run bench -- speed --quick [CONTENDER ...]` is for who works on the speed: 32 connections, short rounds, the named contenders.
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { seedDemo } from '../../server/api/demo.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import { ROOT } from '../support/project-copy.ts';
import { startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/targets.ts';

export interface Plan {
  connections: number[];
  /** So often every contender is started anew, on an empty database: no luck of one process decides. */
  starts: number;
  /** After each start all of them take turns so often, each with every number of connections. */
  rounds: number;
  /** Of each contender after its start, with the most connections. */
  warmUpSeconds: number;
  /** Of one turn. */
  seconds: number;
}

/** What is published comes from the whole plan. */
export const WHOLE: Plan = { connections: [1, 32, 256], starts: 3, rounds: 5, warmUpSeconds: 10, seconds: 2 };
const QUICK: Plan = { connections: [32], starts: 1, rounds: 5, warmUpSeconds: 6, seconds: 2 };
/** Of the load, in each turn before it counts. */
const CLIENT_WARM_UP_SECONDS = 1;

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

/** Of one contender, with one number of connections. */
interface Turn {
  contender: string;
  connections: number;
  /** Which round of which start: what was measured in the same one is compared, for the machine may be another a minute later. */
  round: string;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  faults: number;
  /** At the end of the turn. */
  residentMb: number;
  /** Processor time of the server for one create. It tells less of the machine's other guests than the creates a second do. */
  cpuMicroseconds: number;
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

interface Load {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  created: number;
  /** With those of the warm-up. */
  createdInAll: number;
  faults: number;
}

/** `warmUpSeconds` of the client, which count for nothing. */
export async function load(url: string, connections: number, seconds: number, warmUpSeconds = 0): Promise<Load> {
  // Not `execFileSync`: a server whose log nobody reads waits for its reader.
  const script = join(ROOT, 'test/bench/load.ts');
  const args = [script, url, connections, seconds, '/api/customer-organizations', warmUpSeconds].map(String);
  const { stdout } = await promisify(execFile)(process.execPath, args);
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

interface Running {
  name: string;
  child: ChildProcess;
  url: string;
}

async function takeTurn({ name, child, url }: Running, connections: number, round: string, plan: Plan): Promise<Turn> {
  const before = cpuSeconds(child.pid);
  const { perSecond, p50Ms, p99Ms, createdInAll, faults } = await load(
    url,
    connections,
    plan.seconds,
    CLIENT_WARM_UP_SECONDS,
  );
  const cpuMicroseconds = ((cpuSeconds(child.pid) - before) / createdInAll) * 1_000_000;
  const measured = { perSecond, p50Ms, p99Ms, faults, residentMb: residentMb(child.pid), cpuMicroseconds };
  return { contender: name, connections, round, ...measured };
}

export const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

export async function run(): Promise<void> {
  const [, quick, ...names] = process.argv.slice(2);
  const plan = quick === '--quick' ? QUICK : WHOLE;
  const chosen = CONTENDERS.filter(({ name }) => names.length === 0 || names.includes(name));
  await using folder = await temporaryFolder();
  await compareContenders(chosen, plan, async (name) => {
    const path = join(folder.path, `${name}.db`);
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    const store = openSqliteStore({ path });
    await seedDemo(store);
    await store.close();
    return path;
  });
}

/**
 * Lets contenders take turns, after each start on a database that `prepare` has just made for this one. Prints a table for each number of connections, then
 * all of it as JSON.
 */
export async function compareContenders(
  contenders: Contender[],
  plan: Plan,
  prepare: (contender: string) => Promise<string>,
): Promise<void> {
  const turns: Turn[] = [];
  for (let start = 1; start <= plan.starts; start++)
    turns.push(...(await startAndCompare(contenders, plan, prepare, start)));
  const results = plan.connections.map((connections, index) => ({
    connections,
    contenders: Object.fromEntries(
      contenders.map(({ name }) => [name, summarize(turns, name, connections, plan.connections[index - 1])]),
    ),
  }));
  for (const { connections, contenders } of results) {
    console.log(`\n${connections} connections`);
    console.table(contenders);
  }
  for (const note of notes) console.log(note);
  console.log(
    JSON.stringify({
      date: new Date().toISOString(),
      node: process.version,
      cpu: cpus()[0]?.model,
      cores: cpus().length,
      results,
      turns,
    }),
  );
}

async function startAndCompare(
  contenders: Contender[],
  plan: Plan,
  prepare: (contender: string) => Promise<string>,
  start: number,
): Promise<Turn[]> {
  const running: Running[] = [];
  const turns: Turn[] = [];
  pin(process.pid, 1);
  try {
    for (const contender of contenders) {
      const { name } = contender;
      const started = { name, ...(await contender.start(await prepare(name))) };
      running.push(started);
      pin(started.child.pid, 0);
      await load(started.url, Math.max(...plan.connections), plan.warmUpSeconds);
    }
    for (let round = 1; round <= plan.rounds; round++) {
      const inTurn = round % 2 ? running : running.toReversed();
      for (const connections of plan.connections) {
        for (const each of inTurn) turns.push(await takeTurn(each, connections, `${start}.${round}`, plan));
      }
      process.stderr.write(`start ${start} of ${plan.starts}, round ${round} of ${plan.rounds}\r`);
    }
  } finally {
    for (const { child } of running) {
      const closed = once(child, 'close');
      if (child.kill('SIGKILL')) await closed;
    }
  }
  return turns;
}

/** Medians of all turns. What is compared was measured in the same round; the median is that of these ratios. */
function summarize(turns: Turn[], contender: string, connections: number, fewer: number | undefined) {
  const of = (name: string, count: number) =>
    turns.filter((turn) => turn.contender === name && turn.connections === count);
  const own = of(contender, connections);
  const all = (field: 'perSecond' | 'p50Ms' | 'p99Ms' | 'residentMb' | 'cpuMicroseconds') =>
    own.map((turn) => turn[field]);
  const compare = (left: Turn[], right: Turn[]) => {
    const ratios = left.flatMap(({ round, perSecond }) => {
      const other = right.find((turn) => turn.round === round);
      return other ? [perSecond / other.perSecond] : [];
    });
    return Number(median(ratios).toFixed(2));
  };
  const faults = own.reduce((sum, turn) => sum + turn.faults, 0);
  return {
    perSecond: Math.round(median(all('perSecond'))),
    spread: `${Math.round(Math.min(...all('perSecond')))}–${Math.round(Math.max(...all('perSecond')))}`,
    p50Ms: median(all('p50Ms')),
    p99Ms: median(all('p99Ms')),
    residentMb: Math.round(median(all('residentMb'))),
    cpuMicroseconds: Math.round(median(all('cpuMicroseconds'))),
    faults,
    'ours to it': compare(of('ours', connections), own),
    ...(fewer !== undefined && { [`to itself at ${fewer}`]: compare(own, of(contender, fewer)) }),
    ...(faults > 0 && { verdict: 'disqualified: not only 201' }),
  };
}
