// What benchmarks measure with: load, memory and processor time of a process, medians; and how they print results.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../support/project-copy.ts';

/** What readers of the results must know, printed before them. */
export const notes = new Set<string>();

/** Pins a process to a core, so that server and load generator do not share one. Linux only. */
export function pin(pid: number | undefined, core: number): void {
  if (process.platform !== 'linux' || cpus().length < 2 || pid === undefined) return;
  try {
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)], { stdio: 'ignore' });
  } catch {
    notes.add('taskset is missing: server and load generator were not pinned to separate cores.');
  }
}

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
  /** The number of creates, including those of the warm-up. */
  createdTotal: number;
  failures: number;
}

/** The request that is sent instead of a create with two members, or additional headers. */
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
  const script = join(ROOT, 'test/bench/support/load.ts');
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

export const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
