// The room for another thread in a limited address space.
import { describe, expect, it } from 'vitest';
import { leavesRoom } from '../../../server/edge/body/scan/address-space.ts';

const limitsWith = (soft: string) =>
  'Limit                     Soft Limit           Hard Limit           Units     \n' +
  'Max cpu time              unlimited            unlimited            seconds   \n' +
  `Max address space         ${soft.padEnd(21)}unlimited            bytes     \n`;
const STATUS = 'Name:\tnode\nVmPeak:\t 1400000 kB\nVmSize:\t 1336276 kB\n';
const GIB = 2 ** 30;

describe('leavesRoom', () => {
  it.each([
    ['unlimited', true],
    [1336276 * 1024 + GIB, true],
    [1336276 * 1024 + GIB - 1, false],
    [1_500_000_000, false],
    // The limit may have been set after more was reserved.
    [1_000_000, false],
  ])('compares the limit with what is in use: %s', (limit, expected) => {
    expect(leavesRoom(limitsWith(String(limit)), STATUS)).toBe(expected);
  });
});
