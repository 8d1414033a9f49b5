// What `npm run dev` makes from the contract, in a process that stays: loaded once, and warm from then on. Started with reference/patch-hook.ts.
import { access, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateFiles } from '../../generator/generate-files.ts';
import { readContract } from '../../model/read-contract.ts';
import { buildSite, collectFiles } from '../../reference/build/build-site.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const CONTRACT = 'openapi/openapi.yaml';
/** Code is compiled to be fast when it has run a few times. */
const ROUNDS = 2;

/** Each resolves with the mistakes that keep it from being made; then the last one that was made stays. */
const TASKS = {
  /** Writes generated/ anew. */
  async generate(): Promise<string[]> {
    const made = await generateTexts();
    if ('mistakes' in made) return made.mistakes;
    for (const [path, text] of made.files) {
      if ((await readFile(join(ROOT, path), 'utf8').catch(() => '')) === text) continue;
      await writeFile(join(ROOT, `${path}.draft`), text);
      await rename(join(ROOT, `${path}.draft`), join(ROOT, path));
    }
    return [];
  },
  /** Writes generated/reference/ anew. */
  async site(): Promise<string[]> {
    await buildSite({ runRedocly: runHere, compression: 'quick' });
    return [];
  },
};

export type Task = keyof typeof TASKS;

async function generateTexts(): Promise<{ mistakes: string[] } | { files: Map<string, string> }> {
  const reading = await readContract(CONTRACT);
  return 'mistakes' in reading ? reading : { files: await generateFiles(reading.bundled) };
}

/** What a task does, and nothing comes of it but code that is compiled. One step at a time, for a task waits for no more than that. */
const STEPS = [generateTexts, () => collectFiles(runHere)];

let runs = 0;

/**
 * Runs the Redocly CLI in this process: its entry point anew each time, for the query makes it another module, and all that it imports only once.
 * A command tells nobody that it has ended, but for what it does last, which is to wait for the end of the process.
 */
async function runHere(args: string[]): Promise<void> {
  const cli = dirname(fileURLToPath(import.meta.resolve('@redocly/cli/package.json')));
  const output = args.at(-1) ?? '';
  await rm(output, { force: true });
  const { argv, stderr } = process;
  const { write } = stderr;
  const said: string[] = [];
  process.argv = [process.execPath, 'redocly', ...args];
  stderr.write = (text: string | Uint8Array) => said.push(String(text)) > 0;
  try {
    const ended = untilNewListener('beforeExit');
    runs += 1;
    await import(`${join(cli, 'lib/index.js')}?run=${runs}`);
    await ended;
  } finally {
    process.argv = argv;
    stderr.write = write;
  }
  await access(output).catch((cause) => {
    throw new Error(said.join('').trim() || 'it wrote nothing', { cause });
  });
}

/** Resolves when this process is about to get one for this event, which it then does not get. */
function untilNewListener(event: string): Promise<void> {
  return new Promise((settle) => {
    const notice = (name: string | symbol) => {
      if (name !== event) return;
      process.off('newListener', notice);
      // It is added right after that.
      setImmediate(() => {
        process.removeAllListeners(event);
        settle();
      });
    };
    process.on('newListener', notice);
  });
}

process.chdir(ROOT);
/** What is being practised, and whether there is a task, which ends that. */
let step: Promise<unknown> = Promise.resolve();
let wanted = false;

/** Does each step so many times, until there is a task. What keeps a step from its end is told by the task. */
async function practise(): Promise<void> {
  wanted = false;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const take of STEPS) {
      if (wanted) return;
      step = take().catch(() => undefined);
      await step;
    }
  }
}

process.on('message', async (message: Task | 'practise') => {
  if (message === 'practise') return practise();
  wanted = true;
  await step;
  process.send?.(await TASKS[message]().catch((error: Error) => [error.message]));
});
