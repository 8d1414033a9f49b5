// Copies a SQLite database in a worker thread, so that a signal can interrupt the copy, which is one long call of
// SQLite.
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { StoreOpenError } from '../../../store-errors.ts';
import { removeLeftover } from '../private-files.ts';
import { type CopyKind, copyDatabase, type DatabaseCopy, newPartialName } from './copy-database.ts';

interface Job {
  from: string;
  to: string;
  kind: CopyKind;
  partial: string;
}

type Outcome = { copy: DatabaseCopy } | { rejection: string };

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Like `copyDatabase`, but SIGINT and SIGTERM end the process by that signal after `onStopped`, and leave nothing
 * behind.
 *
 * @throws StoreOpenError
 */
export async function copyInThread(
  from: string,
  to: string,
  kind: CopyKind,
  onStopped: (signal: string) => void,
): Promise<DatabaseCopy> {
  const partial = newPartialName(to);
  const stop = (signal: NodeJS.Signals) => {
    removePartial(partial);
    onStopped(signal);
    for (const name of SIGNALS) process.removeListener(name, stop);
    // Any other way to exit would wait for SQLite.
    process.kill(process.pid, signal);
  };
  for (const name of SIGNALS) process.on(name, stop);
  try {
    const outcome = await run({ from, to, kind, partial });
    if ('rejection' in outcome) throw new StoreOpenError(outcome.rejection);
    return outcome.copy;
  } finally {
    for (const name of SIGNALS) process.removeListener(name, stop);
  }
}

function run(job: Job): Promise<Outcome> {
  return new Promise((settle, fail) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { copyDatabase: job } });
    worker.once('message', settle);
    worker.once('error', fail);
    // This has no effect after a result.
    worker.once('exit', (code) => fail(new Error(`The thread of the copy ended with ${code}.`)));
  });
}

/** Removes a partial copy, with the files that SQLite keeps beside it. */
function removePartial(partial: string): void {
  const folder = dirname(resolve(partial));
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder)) if (file.startsWith(basename(partial))) removeLeftover(join(folder, file));
}

function copyInWorker({ from, to, kind, partial }: Job): Outcome {
  try {
    return { copy: copyDatabase(from, to, kind, partial) };
  } catch (error) {
    // An error loses its class when it is posted to another thread.
    if (error instanceof StoreOpenError) return { rejection: error.message };
    throw error;
  }
}

// Set only in a worker that `run` has started, not in those of other modules. It has the type that `run` passes.
const { copyDatabase: job } = (isMainThread ? {} : (workerData ?? {})) as { copyDatabase?: Job };
if (job) parentPort?.postMessage(copyInWorker(job));
