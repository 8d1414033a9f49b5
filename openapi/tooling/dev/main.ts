// `npm run dev`: server, mock, site and types follow the contract and the code as they are saved.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import manifest from '../../../package.json' with { type: 'json' };
import { createProgram, type Outcome, type Program } from './program.ts';
import { forgetMaker, make, practise } from './warm.ts';
import { watchFolder } from './watch-folder.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const CONTRACT = 'openapi/openapi.yaml';
const WATCHED = ['openapi', 'server', 'mock', 'test'];
/** Saving is often several writes. */
const SETTLE_MS = 20;
const PRACTISE_AFTER_MS = 500;

const { values } = parseArgs({
  options: { port: { type: 'string', default: '3000' }, 'mock-port': { type: 'string', default: '4010' } },
});

/** What takes longest to load of what both need. */
const PACKAGES = [
  'commander',
  'express',
  'express-openapi-validator',
  'pino',
  'ajv/dist/2020.js',
  'ajv-formats',
  'cors',
  'prom-client',
  'uuid',
];

const [, ...serve] = manifest.scripts.start.split(' ');
const server = createProgram({
  name: 'server',
  args: serve,
  cwd: ROOT,
  port: Number(values.port),
  packages: PACKAGES,
  env: { PORT: values.port, LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn' },
});
const [, ...startMock] = manifest.scripts.mock.split(' ');
const mock = createProgram({
  name: 'mock',
  args: [...startMock, '--port', values['mock-port']],
  cwd: ROOT,
  port: Number(values['mock-port']),
  packages: PACKAGES,
});
const [all = '', page = ''] = manifest.scripts.types.split(' && ');
/** The tests are three quarters of the code, so they are checked when everything else is up to date. */
const memory = await mkdtemp(join(tmpdir(), 'dev-types-'));
const types = createCheck(
  'types',
  `${all.replace('--project .', '--project openapi/tooling/dev')} --incremental --tsBuildInfoFile ${join(memory, 'types.tsbuildinfo')}`,
);
const checks = { tests: createCheck('types of the tests', all), page: createCheck('types of the page', page) };

function createCheck(name: string, command: string): Program {
  const [, ...args] = command.split(' ');
  return createProgram({ name, args, cwd: ROOT });
}

async function makeSite(): Promise<Outcome> {
  const mistakes = await make('site');
  for (const mistake of mistakes) console.error(`[site] ${mistake}`);
  return mistakes.length === 0 ? 'good' : 'failed';
}

/** Writes generated/ anew, unless the contract has a mistake: then that is told, and nothing changes. */
async function generate(): Promise<boolean> {
  const mistakes = await make('generate');
  for (const mistake of mistakes) console.error(`[contract] ${mistake}`);
  if (mistakes.length > 0) console.error('[contract] The last good one keeps running.');
  return mistakes.length === 0;
}

/** Brings everything up to date that depends on these files, at the same time. */
async function refresh(changed: string[]): Promise<void> {
  const startedMs = performance.now();
  const touches = (pattern: RegExp) => changed.some((path) => pattern.test(path));
  const bring = async (name: string, start: () => Promise<Outcome>, due = true): Promise<boolean> => {
    if (!due) return true;
    const outcome = await start();
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    if (outcome === 'stopped') return false;
    console.log(`[dev] ${name}: ${outcome === 'good' ? 'up to date' : 'failed, see above,'} after ${seconds} s`);
    return outcome === 'good';
  };
  await Promise.all(Object.values(checks).map((check) => check.stop()));
  const maker = touches(/^openapi\/(reference\/)?[\w-]+\.ts$/);
  if (maker) forgetMaker();
  const contract = maker || changed.includes(CONTRACT);
  if (contract && !(await generate())) return;
  const code = contract || touches(/^server\//);
  const [fit] = await Promise.all([
    bring('types', types.restart, code || touches(/\.ts$/)),
    bring('server', server.restart, code),
    bring('mock', mock.restart, code || touches(/^mock\//)),
    bring('site', makeSite, contract || touches(/^openapi\/reference\//)),
  ]);
  for (const program of [server, mock]) program.prepare();
  // Not waited for: what is saved next is more urgent.
  if (fit && touches(/\.ts$|\.yaml$/) && existsSync(join(ROOT, 'test')))
    void bring('types of the tests', checks.tests.restart);
  if (touches(/^openapi\/reference\/page\/.*\.ts$/)) void bring('types of the page', checks.page.restart);
}

/** One refresh at a time; what is saved meanwhile is refreshed after it. */
const pending = new Set<string>();
let busy = false;

async function note(path: string): Promise<void> {
  pending.add(path);
  if (busy) return;
  busy = true;
  while (pending.size > 0) {
    await setTimeout(SETTLE_MS);
    const changed = [...pending];
    pending.clear();
    await refresh(changed).catch((error: Error) => console.error(`[dev] ${error.message}`));
  }
  busy = false;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    forgetMaker();
    await Promise.all([server, mock, types, ...Object.values(checks)].map((program) => program.stop()));
    await rm(memory, { recursive: true, force: true });
    process.exit(0);
  });
}
for (const folder of WATCHED) {
  if (!existsSync(join(ROOT, folder))) continue;
  await watchFolder(ROOT, folder, (path) => {
    // Editors leave drafts and backups beside what they save.
    if (/\.(ts|cjs|yaml|sql|css|svg)$/.test(path)) void note(path);
  });
}
await note(CONTRACT);
// The first save takes no longer than later ones if that has run before. Who saves at once goes first.
await setTimeout(PRACTISE_AFTER_MS);
if (!busy) practise();
