// `npm run bench -- memory [--package] [--mock] [ATTACK ...]`: measures the peak memory of a fresh server under each
// attack of attacks.ts, and whether other clients are served.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import manifest from '../../../package.json' with { type: 'json' };
import { SAMPLE_CUSTOMERS } from '../../../server/demo/demo.ts';
import { DEMO, exchange, PATH } from '../../support/http/http.ts';
import { ROOT } from '../../support/project-copy.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { pin, residentMb } from '../support/measure.ts';

const ATTACKS = join(ROOT, 'test/bench/hostile/attacks.ts');
/** The duration of an attack after everything is sent, and the most time before that. */
const HOLD_MS = 3000;
const LONGEST_MS = 60_000;
const PROBE_MS = 50;
const PROBE_TIMEOUT_MS = 10_000;

/** Peak resident memory of a process in MB, from Linux's /proc. */
function peakMb(pid: number | undefined): number {
  const [, kb = ''] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb) / 1024;
}

interface Started {
  child: ChildProcess;
  url: string;
}

async function start(flags: string[], folder: string): Promise<Started> {
  const isMock = flags.includes('--mock');
  const [, ...args] = (isMock ? manifest.scripts.mock : manifest.scripts.start).split(' ');
  const own = flags.includes('--package') ? args.filter((each) => !/^--.*(=\d|memory|pretenuring)/.test(each)) : args;
  const child = spawn(process.execPath, isMock ? [...own, '--port', '0'] : own, {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: '0',
      RATE_LIMIT_PER_MINUTE: '0',
      DATABASE_PATH: join(folder, `${Math.random()}.db`),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const url = await new Promise<string>((settle, fail) => {
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
      const [, found] = /(http:\/\/127\.0\.0\.1:\d+)\/api/.exec(output) ?? [];
      if (found === undefined) return;
      child.stdout.removeAllListeners('data').resume();
      settle(found);
    });
    child.once('exit', (code) => fail(new Error(`The server ended with ${code}: ${output}`)));
  });
  return { child, url };
}

interface Outcome {
  ms: number;
  /** The error, instead of a response. */
  failure?: string;
}

async function timed(work: Promise<unknown>): Promise<Outcome> {
  const startedMs = performance.now();
  const failure = await Promise.race([
    work.then(
      () => undefined,
      (error: Error) => error.message,
    ),
    sleep(PROBE_TIMEOUT_MS, 'timeout'),
  ]);
  const ms = performance.now() - startedMs;
  return failure === undefined ? { ms } : { ms, failure };
}

const probe = (url: string) => timed(exchange(url, { method: 'GET', path: '/livez' }));

const create = (url: string) =>
  timed(
    exchange(url, {
      path: PATH,
      headers: { authorization: DEMO, 'content-type': 'application/json' },
      body: { ownerId: SAMPLE_CUSTOMERS[0]?.id, memberIds: [] },
    }).then(({ status }) => {
      if (status !== 201) throw new Error(`${status}`);
    }),
  );

const worst = (outcomes: Outcome[]) => Math.round(Math.max(...outcomes.map(({ ms }) => ms)));

async function measure(attack: string, flags: string[], folder: string) {
  const { child, url } = await start(flags, folder);
  pin(child.pid, 0);
  for (let count = 0; count < 20; count++) await create(url);
  const idleMb = residentMb(child.pid);
  // The attack shares a core with the other clients, and must not delay them.
  const attacker = spawn('nice', ['-n', '19', process.execPath, ATTACKS, attack, url], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  pin(attacker.pid, 1);
  let going = true;
  const holding = Promise.race([once(attacker.stdout, 'data'), once(child, 'exit'), sleep(LONGEST_MS)])
    .then(() => sleep(HOLD_MS))
    .finally(() => {
      going = false;
    });
  const probes: Outcome[] = [];
  const creates: Outcome[] = [];
  const startedMs = performance.now();
  while (going && child.exitCode === null && child.signalCode === null) {
    probes.push(await probe(url));
    creates.push(await create(url));
    await sleep(PROBE_MS);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  await holding;
  const ended = child.exitCode ?? child.signalCode;
  const peak = ended === null ? peakMb(child.pid) : Number.NaN;
  attacker.kill('SIGKILL');
  await sleep(1000);
  const after = ended === null ? residentMb(child.pid) : Number.NaN;
  const metrics =
    ended === null ? await exchange(url, { method: 'GET', path: '/metrics' }).catch(() => undefined) : undefined;
  const [, held = ''] = /^client_memory_bytes\{?.*? (\d+)$/m.exec(metrics?.text ?? '') ?? [];
  if (ended === null) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  return {
    attack,
    idleMb: Math.round(idleMb),
    peakMb: Math.round(peak),
    afterMb: Math.round(after),
    heldAfter: held,
    'worst /livez (ms)': worst(probes),
    'worst create (ms)': worst(creates),
    failed: [...probes, ...creates].flatMap(({ failure = [] }) => failure).join(', '),
    seconds: Math.round(seconds),
    ...(ended !== null && { ended }),
  };
}

export async function run(): Promise<void> {
  const given = process.argv.slice(3);
  const flags = given.filter((each) => each.startsWith('--'));
  const names = given.filter((each) => !each.startsWith('--'));
  const all = execFileSync(process.execPath, [ATTACKS, '--list'], { encoding: 'utf8' }).trim().split('\n');
  const chosen = all.filter(
    (each) => (names.length === 0 && !each.startsWith('slots')) || names.some((name) => each.startsWith(name)),
  );
  await using folder = await temporaryFolder();
  pin(process.pid, 1);
  const rows = [];
  for (const attack of chosen) {
    const row = await measure(attack, flags, folder.path);
    rows.push(row);
    process.stderr.write(`${JSON.stringify(row)}\n`);
  }
  console.table(rows);
}
