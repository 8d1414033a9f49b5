// The time that a body may take to decompress, by a fake clock.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DecompressionTime } from '../../../server/edge/body/decompression-time.ts';
import { MIB } from '../../support/units.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Returns the milliseconds after which a body is over that has consumed and returned these numbers of bytes. */
function limitOf(sent: number, decompressed: number, slowness = 1): number {
  const time = new DecompressionTime({ threadMs: () => performance.now(), measureSlowness: () => slowness });
  for (let ms = 1; ; ms++) {
    vi.advanceTimersByTime(1);
    if (time.isOver(sent, decompressed)) return ms;
  }
}

it.each([
  ['a small body', 1000, 2000, 2],
  ['a body of 10,000 members', 190_000, 390_000, 9 + 1],
  ['any body', MIB, MIB, 9 + 1],
  ['bytes that decompress to nothing', MIB, 0, 2],
  ['a bomb', 1000, MIB, 6],
])('is limited for %s', (_name, sent, decompressed, atMostMs) => {
  expect(limitOf(sent, decompressed)).toBe(atMostMs);
});

it('is longer on a slower machine', () => {
  expect(limitOf(MIB, 0, 3)).toBe(5);
});
