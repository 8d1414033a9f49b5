// The list of modules against the live versions.
import { expect, it } from 'vitest';
import { findListProblem } from '../../../server/versions/list-problem.ts';

const LIVE = ['2024-07-30', '2025-06-01', '2025-12-01'];
const listOf = (...versions: string[]) => versions.map((version) => ({ version, operations: {} }));

it.each([
  [['2024-07-30'], []],
  [LIVE, ['2025-06-01', '2025-12-01']],
])('finds no problem for %j with the modules of %j', (live, listed) => {
  expect(findListProblem(live, listOf(...listed))).toBeUndefined();
});

it.each([
  ['none', [], 'none'],
  ['the first only', ['2025-06-01'], '2025-06-01'],
  ['the second only', ['2025-12-01'], '2025-12-01'],
  ['another order', ['2025-12-01', '2025-06-01'], '2025-12-01, 2025-06-01'],
  ['one twice', ['2025-06-01', '2025-06-01', '2025-12-01'], '2025-06-01, 2025-06-01, 2025-12-01'],
])('names the modules that are needed and those that are listed: %s', (_, listed, described) => {
  expect(findListProblem(LIVE, listOf(...listed))).toBe(
    'server/versions/index.ts: `versionChanges` must list the modules of 2025-06-01, 2025-12-01, oldest first. ' +
      `It lists ${described}.`,
  );
});

it('says that there is no place for a module of the only version', () => {
  expect(findListProblem(['2024-07-30'], listOf('2024-07-30'))).toBe(
    'server/versions/index.ts: `versionChanges` must list no module, since no version is older. It lists 2024-07-30.',
  );
});
