// How far a run is: a bar on a terminal, a line now and then elsewhere, as in the log of a CI.
import { SingleBar } from 'cli-progress';
import type { Output } from './settings.ts';

export interface Progress {
  add(failed: boolean): void;
  /** Nothing is sent for so long, because the implementation asks for it. */
  wait(seconds: number): void;
  stop(): void;
}

export function createProgress(stream: Output['stderr'], total: number): Progress {
  return stream.isTTY ? createBar(stream, total) : createLines(stream, total);
}

function createBar(stream: Output['stderr'], total: number): Progress {
  const format = '[{bar}] {value}/{total} cases, {failed} failed, {eta_formatted} left{note}';
  // A stream that is a terminal is a WriteStream.
  const bar = new SingleBar({ format, stream: stream as NodeJS.WriteStream, hideCursor: true, barsize: 30 });
  let failed = 0;
  // Ctrl-C ends the process as if nobody had listened, but gives the terminal its cursor back.
  const end = () => {
    bar.stop();
    process.kill(process.pid, 'SIGINT');
  };
  process.once('SIGINT', end);
  bar.start(total, 0, { failed, note: '' });
  return {
    add: (isFailed) => {
      if (isFailed) failed++;
      bar.increment({ failed, note: '' });
    },
    wait: (seconds) => bar.update({ note: `, waiting ${seconds} s after a 429` }),
    stop: () => {
      process.removeListener('SIGINT', end);
      bar.stop();
    },
  };
}

/** A line for each of so many parts. */
const PARTS = 4;

function createLines(stream: Output['stderr'], total: number): Progress {
  let [done, failed] = [0, 0];
  return {
    add: (isFailed) => {
      const before = Math.floor((done / total) * PARTS);
      done++;
      if (isFailed) failed++;
      if (Math.floor((done / total) * PARTS) > before) stream.write(`${done}/${total} cases, ${failed} failed\n`);
    },
    wait: (seconds) =>
      void stream.write(`The implementation answers 429: waiting ${seconds} s before anything else is sent.\n`),
    stop() {},
  };
}
