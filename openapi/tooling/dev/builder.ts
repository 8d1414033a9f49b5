// Runs the build thread, and restarts it when its own code is saved.
import { Worker } from 'node:worker_threads';
import type { BuildEvent } from './build-thread.ts';

const THREAD = new URL('build-thread.ts', import.meta.url);

interface Builder {
  /** Generates files, and builds the site. */
  build(): Promise<void>;
  /** Restarts the thread with the current code, and builds. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export function createBuilder(onEvent: (event: BuildEvent) => void): Builder {
  let thread: Worker | undefined;
  const stop = async () => {
    const running = thread;
    thread = undefined;
    running?.removeAllListeners();
    await running?.terminate();
  };
  const restart = async () => {
    await stop();
    const started = new Worker(THREAD);
    thread = started;
    started.on('message', onEvent);
    // For example, its code cannot be loaded. The programs continue with the files of the last build.
    started.on('error', (error) => {
      console.log(`[contract] ${error.stack ?? error.message}`);
      if (thread === started) thread = undefined;
      onEvent({ done: 'generate', wrote: false });
      onEvent({ done: 'site', wrote: false });
    });
  };
  return {
    stop,
    restart,
    async build() {
      if (thread) thread.postMessage('build');
      else await restart();
    },
  };
}
