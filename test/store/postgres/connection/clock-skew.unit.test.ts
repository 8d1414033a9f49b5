// The difference between the clocks of a host and of PostgreSQL.
import { describe, expect, it } from 'vitest';
import { describeSkew, skewOf } from '../../../../server/store/postgres/connection/clock-skew.ts';

describe('skewOf', () => {
  it.each([
    ['within the round trip', 10_000, 9_000, 11_000, 0],
    ['at the time of sending', 10_000, 10_000, 12_000, 0],
    ['at the time of receiving', 10_000, 8_000, 10_000, 0],
    ['before it was sent', 10_000, 16_000, 16_500, 6_000],
    ['after it was received', 10_000, 2_000, 3_000, -7_000],
    ['before it was sent, received a minute later', 10_000, 11_000, 71_000, 1_000],
  ])('is exact to the round trip when the database reads its clock %s', (_, databaseMs, sentMs, receivedMs, skewMs) => {
    expect(skewOf(databaseMs, { sentMs, receivedMs })).toBe(skewMs);
  });
});

describe('describeSkew', () => {
  it.each([0, 4999, -4999])('reports nothing for %i ms', (skewMs) => {
    expect(describeSkew(skewMs)).toBeUndefined();
  });

  it.each([
    [5000, '5 s ahead of'],
    [-5000, '5 s behind'],
    [172_800_999, '172,800 s ahead of'],
  ])('reports for %i ms that the clock is %s the clock of PostgreSQL', (skewMs, words) => {
    expect(describeSkew(skewMs)).toMatch(new RegExp(`^The clock of this host is ${words} the clock of PostgreSQL: `));
  });
});
