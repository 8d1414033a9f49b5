// `npm run bench -- mock`: the mock beside Prism's own command, on the same contract, in turns. Both run as shipped; what they print is thrown away.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };
import { DEMO, exchange } from '../support/http.ts';
import { PRISM } from '../support/prism-process.ts';
import { ROOT } from '../support/project-copy.ts';
import { median, notes, pin, residentMb } from './speed.ts';

const ROUNDS = 5;
const CONNECTIONS = 32;
const WARM_UP_SECONDS = 6;
const SECONDS = 5;
/** How often a contender that does not listen yet is asked again. */
const RETRY_MS = 5;

const [, ...MOCK] = manifest.scripts.mock.split(' ');
const CONTENDERS = {
  mock: { args: [...MOCK, '--port'], path: '/api/customer-organizations' },
  prism: { args: [PRISM, 'mock', 'openapi/openapi.yaml', '--port'], path: '/customer-organizations' },
};

/** What is measured, and how much of Prism's the mock may have. */
const TARGETS = {
  firstAnswerMs: { title: 'time to first answer (ms)', atMost: 0.6 },
  perSecond: { title: `requests/s, ${CONNECTIONS} connections`, atLeast: 5 },
  p99Ms: { title: 'p99 (ms)', atMost: 0.1 },
  residentMb: { title: 'memory after that load (MB)', atMost: 0.8 },
  idleMb: { title: 'memory at rest, engine loaded (MB)', atMost: Number.POSITIVE_INFINITY },
} satisfies Record<string, { title: string; atMost?: number; atLeast?: number }>;

type Round = Record<keyof typeof TARGETS, number>;

async function runRound({ args, path }: (typeof CONTENDERS)['mock']): Promise<Round> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const startedMs = performance.now();
  const child = spawn(process.execPath, [...args, String(port)], { cwd: ROOT, stdio: 'ignore' });
  try {
    const prefer = await answerFirst(child, url, path, startedMs);
    const idleMb = residentMb(child.pid);
    pin(child.pid, 0);
    pin(process.pid, 1);
    await load(url, path, WARM_UP_SECONDS);
    const { perSecond, p99Ms, faults } = await load(url, path, SECONDS);
    if (faults > 0) throw new Error(`${args.join(' ')} gave ${faults} answers that were not 201.`);
    return { firstAnswerMs: prefer, perSecond, p99Ms, residentMb: residentMb(child.pid), idleMb };
  } finally {
    // As Ctrl-C does it, so that compiled code is kept for the next start.
    child.kill('SIGINT');
    await once(child, 'close');
  }
}

/** Milliseconds from the start to the first answer; resolves when Prism's engine is loaded too, which the mock puts off. */
async function answerFirst(child: ChildProcess, url: string, path: string, startedMs: number): Promise<number> {
  const ask = async (prefer: Record<string, string>) => {
    const headers = { authorization: DEMO, 'content-type': 'application/json', ...prefer };
    const body = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };
    const { status } = await exchange(url, { path, headers, body });
    if (status !== 201) throw new Error(`The first answer was ${status}.`);
  };
  for (;;) {
    if (child.exitCode !== null) throw new Error('A contender ended before its first answer.');
    const refused = await ask({}).then(
      () => false,
      (error: Error & { code?: string }) => {
        if (error.code !== 'ECONNREFUSED') throw error;
        return true;
      },
    );
    if (!refused) break;
    await new Promise((settle) => setTimeout(settle, RETRY_MS));
  }
  const firstAnswerMs = performance.now() - startedMs;
  await ask({ prefer: 'code=201' });
  return firstAnswerMs;
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
  const script = join(ROOT, 'test/bench/load.ts');
  const args = [script, url, String(CONNECTIONS), String(seconds), path];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const result: { perSecond: number; p99Ms: number; faults: number } = JSON.parse(stdout);
  return result;
}

/** Prints the medians side by side, with what was aimed at, then all of it as JSON. */
export async function run(): Promise<void> {
  const rounds: Record<keyof typeof CONTENDERS, Round[]> = { mock: [], prism: [] };
  // The first start of each is not counted: it fills the caches of the disk and of compiled code.
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
    const aim = 'atLeast' in target ? `at least ${target.atLeast}` : `at most ${target.atMost}`;
    const holds = 'atLeast' in target ? ratio >= target.atLeast : ratio <= target.atMost;
    return { title, mock, prism, ratio, aim, holds };
  });
  console.table(
    Object.fromEntries(
      rows.map(({ title, mock, prism, ratio, aim, holds }) => [
        title,
        {
          mock: Math.round(mock),
          prism: Math.round(prism),
          ratio: ratio.toFixed(2),
          ...(!aim.endsWith('Infinity') && { aim, holds }),
        },
      ]),
    ),
  );
  for (const note of notes) console.log(note);
  console.log(
    JSON.stringify({
      date: new Date().toISOString(),
      node: process.version,
      cpu: cpus()[0]?.model,
      cores: cpus().length,
      rounds,
    }),
  );
}
