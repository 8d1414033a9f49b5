// The log line that names the damaged tables of a SQLite file.
import pino from 'pino';
import { expect, it } from 'vitest';
import { createDamageReport } from '../../../server/ops/damage-report.ts';

function create(describe: () => Promise<string | undefined>) {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
  const clock = { nowMs: 0 };
  const report = createDamageReport({ log, describe, now: () => clock.nowMs });
  return { lines, clock, report };
}

const nextTick = () => new Promise((resolve) => setImmediate(resolve));

it('names the tables once in ten minutes, however often damage is found', async () => {
  const { lines, clock, report } = create(async () => 'x.db is damaged in customers');

  for (const nowMs of [0, 1, 599_999, 600_000, 600_001]) {
    clock.nowMs = nowMs;
    report();
  }
  await nextTick();

  const line = { level: 50, msg: 'damaged tables', reason: 'x.db is damaged in customers' };
  expect(lines).toEqual([expect.objectContaining(line), expect.objectContaining(line)]);
});

it.each([
  ['no damage was found any more', async () => undefined],
  [
    'the damaged tables could not be determined',
    async () => {
      throw new Error('no process');
    },
  ],
])('says that %s', async (msg, describe) => {
  const { lines, report } = create(describe);

  report();
  await nextTick();

  expect(lines).toEqual([expect.objectContaining({ msg })]);
});
