// `npm run dev`: server, mock, site and types follow the contract and the code as they are saved.
import { watch } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };
import { generateFiles } from '../generated-files.ts';
import { readContract } from '../read-contract.ts';
import { createProgram, type Program } from './program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CONTRACT = 'openapi/openapi.yaml';
const WATCHED = ['openapi', 'server', 'mock'];
/** Saving is often several writes. */
const SETTLE_MS = 20;

const { values } = parseArgs({
  options: { port: { type: 'string', default: '3000' }, 'mock-port': { type: 'string', default: '4010' } },
});
const scripts: Record<string, string> = manifest.scripts;

/** Runs what the script of this name runs; undefined if there is no such script. */
function programOf(
  script: string,
  options: { args?: string[]; port?: string; env?: Record<string, string> } = {},
): Program | undefined {
  const [, ...args] = scripts[script]?.split(' ') ?? [];
  if (args.length === 0) return undefined;
  return createProgram({
    name: script === 'start' ? 'server' : script,
    args: [...args, ...(options.args ?? [])],
    cwd: ROOT,
    ...(options.env && { env: options.env }),
    ...(options.port && { port: Number(options.port) }),
  });
}

const server = programOf('start', {
  port: values.port,
  env: { PORT: values.port, LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn' },
});
const mock = programOf('mock', { port: values['mock-port'], args: ['--port', values['mock-port']] });
const docs = programOf('docs');
const types = createProgram({
  name: 'types',
  args: ['node_modules/typescript/bin/tsc', '--project', '.', '--watch', '--preserveWatchOutput'],
  cwd: ROOT,
  show: (line) =>
    /^\s*$|Starting compilation|File change detected/.test(line)
      ? undefined
      : line.replace(/^\[?[\d:]+( [AP]M)?\]? (- )?/, ''),
});

/** Writes generated/ anew, unless the contract has a mistake: then that is told, and nothing changes. */
async function generate(): Promise<boolean> {
  const reading = await readContract(CONTRACT);
  if ('mistakes' in reading) {
    for (const mistake of reading.mistakes) console.error(`[contract] ${mistake}`);
    console.error('[contract] The last good one keeps running.');
    return false;
  }
  for (const [path, text] of await generateFiles(reading.bundled)) {
    if ((await readFile(join(ROOT, path), 'utf8').catch(() => '')) === text) continue;
    await writeFile(join(ROOT, `${path}.draft`), text);
    await rename(join(ROOT, `${path}.draft`), join(ROOT, path));
  }
  return true;
}

/** Brings everything up to date that depends on these files, at the same time. */
async function refresh(changed: string[]): Promise<void> {
  const startedMs = performance.now();
  const touches = (prefix: string) => changed.some((path) => path.startsWith(prefix));
  const contract = changed.includes(CONTRACT);
  if (contract && !(await generate())) return;
  const code = contract || touches('server/') || changed.some((path) => /^openapi\/\w+\.ts$/.test(path));
  const bring = async (name: string, program: Program | undefined, due: boolean) => {
    if (!program || !due) return;
    const ok = await program.restart();
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    console.log(`[dev] ${name}: ${ok ? 'up to date' : 'failed, see above,'} after ${seconds} s`);
  };
  await Promise.all([
    bring('server', server, code),
    bring('mock', mock, code || touches('mock/')),
    bring('site', docs, contract || touches('openapi/reference')),
  ]);
}

/** One refresh at a time; what is saved meanwhile is refreshed after it. */
const pending = new Set<string>();
let busy = false;

async function note(path: string): Promise<void> {
  pending.add(path);
  if (busy) return;
  busy = true;
  while (pending.size > 0) {
    await new Promise((settle) => setTimeout(settle, SETTLE_MS));
    const changed = [...pending];
    pending.clear();
    await refresh(changed).catch((error: Error) => console.error(`[dev] ${error.message}`));
  }
  busy = false;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await Promise.all([server, mock, docs, types].map((program) => program?.stop()));
    process.exit(0);
  });
}
for (const folder of WATCHED) {
  watch(join(ROOT, folder), { recursive: true }, (_, name) => {
    // Editors leave drafts and backups beside what they save.
    if (name && /\.(ts|cjs|yaml|sql|css|svg)$/.test(name)) void note(`${folder}/${name}`);
  });
}
void types.restart();
void note(CONTRACT);
