// `npm run bench -- mock`: compares the mock with Prism's own command on the same contract, in alternating rounds. Both
// run as shipped, with their output discarded.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };
import { DEMO, exchange } from '../support/http/http.ts';
import { PRISM } from '../support/process/prism-process.ts';
import { ROOT } from '../support/project-copy.ts';
import { median, pin, printResults, residentMb } from './support/measure.ts';

const ROUNDS = 5;
const CONNECTIONS = 32;
const WARM_UP_SECONDS = 6;
const SECONDS = 5;
/** Interval of connection attempts until a contender listens. */
const RETRY_MS = 5;

const [, ...MOCK] = manifest.scripts.mock.split(' ');
const CONTENDERS = {
  mock: { args: [...MOCK, '--port'], path: '/api/customer-organizations' },
  prism: { args: [PRISM, 'mock', 'openapi/openapi.yaml', '--port'], path: '/customer-organizations' },
};

/** The measured values, with the target ratio of the mock's to Prism's. */
const TARGETS = {
  firstResponseMs: { title: 'time to first response (ms)', atMost: 0.5 },
  perSecond: { title: `requests/s, ${CONNECTIONS} connections`, atLeast: 5 },
  p99Ms: { title: 'p99 (ms)', atMost: 0.1 },
  residentMb: { title: 'memory after the load (MB)', atMost: 0.8 },
  idleMb: { title: 'memory when idle, engine loaded (MB)', atMost: Number.POSITIVE_INFINITY },
} satisfies Record<string, { title: string; atMost?: number; atLeast?: number }>;

type Round = Record<keyof typeof TARGETS, number>;

async function runRound({ args, path }: (typeof CONTENDERS)['mock']): Promise<Round> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const startedMs = performance.now();
  const child = spawn(process.execPath, [...args, String(port)], { cwd: ROOT, stdio: 'ignore' });
  try {
    const firstResponseMs = await measureFirstResponse(child, url, path, startedMs);
    const idleMb = residentMb(child.pid);
    pin(child.pid, 0);
    pin(process.pid, 1);
    await load(url, path, WARM_UP_SECONDS);
    const { perSecond, p99Ms, failures } = await load(url, path, SECONDS);
    if (failures > 0) throw new Error(`${args.join(' ')} returned ${failures} responses other than 201.`);
    return { firstResponseMs, perSecond, p99Ms, residentMb: residentMb(child.pid), idleMb };
  } finally {
    // Shuts down gracefully, so that the compile cache is kept for the next start.
    child.kill('SIGINT');
    await once(child, 'close');
  }
}

/**
 * Returns the milliseconds from the start to the first response. Resolves when Prism's engine is loaded too, which the
 * mock does lazily.
 */
async function measureFirstResponse(
  child: ChildProcess,
  url: string,
  path: string,
  startedMs: number,
): Promise<number> {
  const create = async (prefer: Record<string, string>) => {
    const headers = { authorization: DEMO, 'content-type': 'application/json', ...prefer };
    const body = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };
    const { status } = await exchange(url, { path, headers, body });
    if (status !== 201) throw new Error(`The first response was ${status}.`);
  };
  for (;;) {
    if (child.exitCode !== null) throw new Error('A contender exited before its first response.');
    const refused = await create({}).then(
      () => false,
      (error: Error & { code?: string }) => {
        if (error.code !== 'ECONNREFUSED') throw error;
        return true;
      },
    );
    if (!refused) break;
    await new Promise((settle) => setTimeout(settle, RETRY_MS));
  }
  const firstResponseMs = performance.now() - startedMs;
  await create({ prefer: 'code=201' });
  return firstResponseMs;
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

async function load(url: string, path: string, seconds: number) {
  const script = join(ROOT, 'test/bench/support/load.ts');
  const args = [script, url, String(CONNECTIONS), String(seconds), path];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const result: { perSecond: number; p99Ms: number; failures: number } = JSON.parse(stdout);
  return result;
}

/** Prints the medians with the targets, then all results as JSON. */
export async function run(): Promise<void> {
  const rounds: Record<keyof typeof CONTENDERS, Round[]> = { mock: [], prism: [] };
  // The first start of each is not counted: it fills the disk and compile caches.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of ['prism', 'mock'] as const) {
      const result = await runRound(CONTENDERS[name]);
      if (round > 0) rounds[name].push(result);
      process.stderr.write(`round ${round} of ${ROUNDS}: ${name}          \r`);
    }
  }
  const rows = Object.entries(TARGETS).map(([key, { title, ...target }]) => {
    const of = (all: Round[]) => median(all.map((each) => Reflect.get(each, key)));
    const [mock, prism] = [of(rounds.mock), of(rounds.prism)];
    const ratio = mock / prism;
    const goal = 'atLeast' in target ? `at least ${target.atLeast}` : `at most ${target.atMost}`;
    const passed = 'atLeast' in target ? ratio >= target.atLeast : ratio <= target.atMost;
    return { title, mock, prism, ratio, goal, passed };
  });
  console.table(
    Object.fromEntries(
      rows.map(({ title, mock, prism, ratio, goal, passed }) => [
        title,
        {
          mock: Math.round(mock),
          prism: Math.round(prism),
          ratio: ratio.toFixed(2),
          ...(!goal.endsWith('Infinity') && { goal, passed }),
        },
      ]),
    ),
  );
  printResults({ rounds });
}
