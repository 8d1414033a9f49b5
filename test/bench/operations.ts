// `npm run bench -- operations [COUNT ...]`: processor time of the start by the number of operations, and of the first
// request to each.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../support/project-copy.ts';
import { median } from './support/measure.ts';

const COUNTS = [1, 10, 50, 200];
const STARTS = 3;

/** The target. */
const GOAL_MS = 30;

/** The output of operations-target.ts, in milliseconds of processor time. */
interface Measured {
  createMs: number;
  compileMs: number;
  requestMs: number;
}

export async function run(): Promise<void> {
  const given = process.argv.slice(3).map(Number);
  console.log(
    '| operations | CPU of createApp | CPU until all are compiled | for each further operation | first request |',
  );
  console.log('| ---: | ---: | ---: | ---: | ---: |');
  let first: number | undefined;
  for (const count of given.length > 0 ? given : COUNTS) {
    const starts = Array.from({ length: STARTS }, () => measure(count));
    const of = (field: keyof Measured) => median(starts.map((each) => each[field]));
    const [create, all, request] = [of('createMs'), of('createMs') + of('compileMs'), of('requestMs')];
    first ??= all;
    const further = count === 1 ? '' : `${((all - first) / (count - 1)).toFixed(1)} ms`;
    const cells = [`${Math.round(create)} ms`, `${Math.round(all)} ms`, further, `${request.toFixed(1)} ms`];
    console.log(`| ${count} | ${cells.join(' | ')} |`);
  }
  console.log(`\nGoal: at most ${GOAL_MS} ms for each further operation. Medians of ${STARTS} starts.`);
}

function measure(count: number): Measured {
  const target = join(ROOT, 'test/bench/support/operations-target.ts');
  return JSON.parse(execFileSync(process.execPath, [target, String(count)], { cwd: ROOT, encoding: 'utf8' }));
}
