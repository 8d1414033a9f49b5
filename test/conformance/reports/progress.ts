// Progress of a run: a bar on a terminal; elsewhere, as in a CI log, one line for each quarter.
import { SingleBar } from 'cli-progress';
import type { Output } from './output.ts';

export interface Progress {
  add(failed: boolean): void;
  /** Reports a pause after a 429 or 503 response. */
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
  // Restores the cursor on Ctrl-C, then ends the process as the default handler would.
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
    wait: (seconds) => bar.update({ note: `, waiting ${seconds} s for Retry-After` }),
    stop: () => {
      process.removeListener('SIGINT', end);
      bar.stop();
    },
  };
}

/** Number of progress lines per run. */
const LINES = 4;

function createLines(stream: Output['stderr'], total: number): Progress {
  let [done, failed] = [0, 0];
  return {
    add: (isFailed) => {
      const before = Math.floor((done / total) * LINES);
      done++;
      if (isFailed) failed++;
      if (Math.floor((done / total) * LINES) > before) stream.write(`${done}/${total} cases, ${failed} failed\n`);
    },
    wait: (seconds) => void stream.write(`Received 429 or 503: waiting ${seconds} s.\n`),
    stop() {},
  };
}
