// Reports the progress of an import: by a bar on a terminal that can redraw lines, by occasional lines elsewhere.
import type { Writable } from 'node:stream';
import { Presets, SingleBar } from 'cli-progress';
import { countOf } from '../text/count-of.ts';

export interface Progress {
  /** Ends the current phase and begins another. `total` is undefined if it is unknown. */
  start(phase: string, total: number | undefined): void;
  /** Updates the progress. `done` has the unit of the total. */
  update(done: number, rows: number): void;
  stop(): void;
}

const describe = (count: number) => countOf(count, 'customer');

export function createProgress(
  stream: Writable & { isTTY?: boolean },
  { TERM, NO_COLOR }: Record<string, string | undefined>,
): Progress {
  // A dumb terminal cannot redraw a line. NO_COLOR counts if it is not empty (https://no-color.org).
  return stream.isTTY && TERM !== 'dumb' && !NO_COLOR ? createBar(stream) : createLines(stream);
}

const FRAMES_PER_SECOND = 10;

function createBar(stream: Writable): Progress {
  let bar: SingleBar | undefined;
  let max = 0;
  const stop = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    start(phase, total) {
      stop();
      max = total ?? 0;
      const layout = total === undefined ? '{rows}' : '[{bar}] {percentage}% | {rows}';
      // A stream with `isTTY` is a NodeJS.WriteStream.
      const terminal = stream as NodeJS.WriteStream;
      const options = { format: `${phase} ${layout}`, stream: terminal, fps: FRAMES_PER_SECOND, hideCursor: true };
      bar = new SingleBar(options, Presets.shades_classic);
      bar.start(max, 0, { rows: describe(0) });
    },
    update: (done, rows) => bar?.update(Math.min(done, max), { rows: describe(rows) }),
    stop,
  };
}

/** The number of customers between two lines while the total is unknown. */
const ROWS_PER_LINE = 100_000;

function createLines(stream: Writable): Progress {
  let phase = '';
  let total: number | undefined;
  let reported = 0;
  return {
    start(name, size) {
      phase = name;
      total = size;
      reported = 0;
    },
    update(done, rows) {
      const step = total ? Math.floor((done / total) * 10) : Math.floor(rows / ROWS_PER_LINE);
      if (step <= reported) return;
      reported = step;
      stream.write(`${phase}: ${total ? `${step * 10} %, ` : ''}${describe(rows)}\n`);
    },
    stop() {},
  };
}
