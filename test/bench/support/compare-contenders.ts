// Compares servers in alternating rounds of one run.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from '../../support/project-copy.ts';
import { cpuSeconds, load, median, pin, printResults, residentMb } from './measure.ts';

export interface RunOptions {
  connections: number[];
  /**
   * The number of starts of every contender, each on an empty database. Several starts even out differences between
   * processes.
   */
  starts: number;
  /**
   * The number of rounds after each start. In a round, every contender is measured with every number of connections.
   */
  rounds: number;
  /** The warm-up of each contender after its start, with the largest number of connections. */
  warmUpSeconds: number;
  /** The duration of one measurement. */
  seconds: number;
}

/** Published figures come from full runs. */
export const FULL_RUN: RunOptions = { connections: [1, 32, 256], starts: 3, rounds: 5, warmUpSeconds: 10, seconds: 2 };

/** The warm-up of the load generator before each measurement. */
const CLIENT_WARM_UP_SECONDS = 1;

export interface Contender {
  name: string;
  /** Starts the contender on the database that `prepare` created. */
  start(database: string): Promise<{ child: ChildProcess; url: string }>;
}

/** The measurement of one contender with one number of connections. */
interface Measurement {
  contender: string;
  connections: number;
  /** Start and round. Only measurements of the same round are compared, because load on the machine changes. */
  round: string;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  failures: number;
  /** The resident memory at the end of the measurement. */
  residentMb: number;
  /** CPU time of the server for one create. Depends less on other load than creates per second. */
  cpuMicroseconds: number;
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

/** The medians of all measurements. Ratios are medians of the ratios within each round. */
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
