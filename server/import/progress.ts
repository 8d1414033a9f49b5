// Reports the progress of an import: a bar on a terminal that can redraw it, a line now and then elsewhere.
import type { Writable } from 'node:stream';
import { Presets, SingleBar } from 'cli-progress';
import { countOf } from '../text/count-of.ts';

export interface Progress {
  /** Ends the phase before, and begins another. Undefined: the total is unknown. */
  start(phase: string, total: number | undefined): void;
  /** `done` is in the unit of the total. */
  update(done: number, rows: number): void;
  stop(): void;
}

const describe = (count: number) => countOf(count, 'customer');

export function createProgress(
  stream: Writable & { isTTY?: boolean },
  { TERM, NO_COLOR }: Record<string, string | undefined>,
): Progress {
  // A dumb terminal cannot redraw a line. https://no-color.org: any text that is not empty.
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
      // A terminal is a NodeJS.WriteStream.
      const terminal = stream as NodeJS.WriteStream;
      const options = { format: `${phase} ${layout}`, stream: terminal, fps: FRAMES_PER_SECOND, hideCursor: true };
      bar = new SingleBar(options, Presets.shades_classic);
      bar.start(max, 0, { rows: describe(0) });
    },
    update: (done, rows) => bar?.update(Math.min(done, max), { rows: describe(rows) }),
    stop,
  };
}

/** Customers for each line while the total is unknown. */
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
