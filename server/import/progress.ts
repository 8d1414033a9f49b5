// Tells how far an import is: a bar on a terminal, a line now and then elsewhere.
import type { Writable } from 'node:stream';
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** Begins a phase; the one before is over. Without a total nobody knows how much there is. */
  start(phase: string, total: number | undefined): void;
  /** `done` counts in the unit of the total. */
  update(done: number, rows: number): void;
  stop(): void;
}

const format = (count: number) => count.toLocaleString('en');

export function createProgress(stream: Writable & { isTTY?: boolean }): Progress {
  return stream.isTTY ? createBar(stream) : createLines(stream);
}

function createBar(stream: Writable): Progress {
  let bar: SingleBar | undefined;
  let known = 0;
  const stop = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    start(phase, total) {
      stop();
      known = total ?? 0;
      const shape = total === undefined ? '{rows} customers' : '[{bar}] {percentage}% | {rows} customers';
      bar = new SingleBar(
        { format: `${phase} ${shape}`, stream: stream as NodeJS.WriteStream, fps: 10, hideCursor: true }, // A terminal is one.
        Presets.shades_classic,
      );
      bar.start(known, 0, { rows: '0' });
    },
    update: (done, rows) => bar?.update(Math.min(done, known), { rows: format(rows) }),
    stop,
  };
}

/** Without a total: a line for so many customers. */
const STEP_ROWS = 100_000;

function createLines(stream: Writable): Progress {
  let phase = '';
  let total: number | undefined;
  let told = 0;
  return {
    start(name, size) {
      phase = name;
      total = size;
      told = 0;
    },
    update(done, rows) {
      const step = total ? Math.floor((done / total) * 10) : Math.floor(rows / STEP_ROWS);
      if (step <= told) return;
      told = step;
      stream.write(`${phase}: ${total ? `${step * 10} %, ` : ''}${format(rows)} customers\n`);
    },
    stop() {},
  };
}
