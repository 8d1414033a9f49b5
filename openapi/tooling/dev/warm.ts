// What `npm run dev` makes from the contract is made by a process that stays, maker.ts: this starts it, asks it, and replaces it when its code was saved.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Task } from './maker.ts';

const MAKER = fileURLToPath(new URL('maker.ts', import.meta.url));
const HOOK = new URL('../../reference/redoc/patch-hook.ts', import.meta.url).href;

let maker: ChildProcess | undefined;

/** Resolves with the mistakes that keep it from being made. One task at a time. */
export async function make(task: Task): Promise<string[]> {
  if (!maker || !isRunning(maker)) {
    maker = fork(MAKER, [], {
      execArgv: [...process.execArgv, '--import', HOOK],
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
      // Redocly tells of each step that it takes.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }
  const abort = new AbortController();
  const { signal } = abort;
  maker.send(task);
  try {
    return await Promise.race([
      once(maker, 'message', { signal }).then(([mistakes]) => mistakes),
      once(maker, 'exit', { signal }).then(() => ['what makes it has ended, see above']),
    ]);
  } finally {
    abort.abort();
  }
}

/** Lets the one that runs do its work without effect, so that its code is compiled when it counts; a task ends that. */
export function practise(): void {
  if (maker && isRunning(maker)) maker.send('practise');
}

/** The next task is done by a new process, with the code as it stands then. */
export function forgetMaker(): void {
  maker?.kill('SIGKILL');
  maker = undefined;
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}
