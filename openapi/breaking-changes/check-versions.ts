// Checks changes of live versions: a released version may only change compatibly, and so may the newest while its date
// is that of a release.

import { isCalendarDate } from '../model/versions/deprecation.ts';
import { compareContracts } from './compare/compare-contracts.ts';
import { findUnrecorded } from './find-changes.ts';
import { findUnconverted, type ModuleConversions } from './find-unconverted.ts';
import { type Change, ChangeList } from './schema/change.ts';
import { Place } from './schema/place.ts';

/** A contract with the path of its file. */
export interface ContractFile {
  file: string;
  contract: object;
}

export interface VersionState {
  /** The files of released versions by date, in their state at the last release or before the branch. */
  before: ReadonlyMap<string, ContractFile>;
  /** The files in their current state. */
  after: ReadonlyMap<string, ContractFile>;
  /** The newest contract, `openapi.yaml`. */
  newest: ContractFile;
  /** The conversions in the modules of versions, by date. */
  modules: ReadonlyMap<string, ModuleConversions>;
  /** Today, such as `2027-01-31`. */
  today: string;
}

/** A change that may not be made. */
export interface Violation extends Change {
  file: string;
  rule: 'released-version' | 'breaking-change' | 'unrecorded-change';
}

/** Every violation of the rules in openapi/README.md. */
export function checkVersions(state: VersionState): Violation[] {
  const found = [...checkReleased(state), ...checkNewest(state)];
  const isNew = ({ file, pointer }: Violation) =>
    !found.some((each) => each.file === file && each.pointer === pointer && each.rule === 'breaking-change');
  return [...found, ...checkConversions(state).filter(isNew)];
}

/** Types do not check constraints between two neighbours, such as a lower `maxLength`. */
function checkConversions({ after, newest, modules }: VersionState): Violation[] {
  const released = [...after].sort(([one], [other]) => (one < other ? -1 : 1));
  const newer = new Place(newest.contract).at('info')?.text('version') ?? '';
  const live = [...released.filter(([version]) => version !== newer), [newer, newest] as const];
  return live.slice(1).flatMap(([version, { file, contract }], index) => {
    const [, older] = live[index] ?? [];
    const conversions = modules.get(version);
    if (!older || !conversions) return [];
    const list = findUnconverted(older.contract, contract, conversions);
    return list.map(({ conversion, ...change }) => ({
      ...change,
      file,
      rule: 'breaking-change',
      remedy: `Revert it, or add ${conversion} to server/versions/${version}.ts: without it, this is a 500.`,
    }));
  });
}

function checkReleased({ before, after, newest, today }: VersionState): Violation[] {
  const retired = retiredVersions(before, today);
  return [...before].flatMap(([version, { contract, file }]) => {
    const now = after.get(version);
    if (now)
      return [
        ...checkSunset(version, contract, now, today),
        ...toViolations(breakingOf(compareContracts(contract, now.contract, { retired })), {
          file: now.file,
          rule: 'released-version',
          prefix: `Version ${version} is released.`,
        }),
      ];
    return retired.includes(version) ? [] : [removedVersion(version, file, newest)];
  });
}

/** Clients need time: a sunset is announced for a later day, and does not come sooner than was announced. */
function checkSunset(version: string, before: object, { contract, file }: ContractFile, today: string): Violation[] {
  const [old, now] = [before, contract].map(sunsetOf);
  if (now === undefined || (old === undefined ? now > today : now >= old)) return [];
  const list = new ChangeList({ isShared: true });
  const place = new Place(contract).at('x-deprecation')?.child('sunsetAt') ?? new Place(contract);
  const limit = old === undefined ? `after ${today}` : `not before ${old}, as was announced`;
  list.breaking({
    place,
    message: `The sunset of ${version} is on ${now}.`,
    remedy: `Name a day ${limit}.`,
  });
  return list.changes.map((change) => ({ ...change, file, rule: 'released-version' }));
}

/** The day of a version's sunset, if it is announced. */
function sunsetOf(contract: object): string | undefined {
  return new Place(contract).at('x-deprecation')?.text('sunsetAt')?.slice(0, 10);
}

/** Versions whose announced sunset is in the past. */
function retiredVersions(before: ReadonlyMap<string, ContractFile>, today: string): string[] {
  return [...before].flatMap(([version, { contract }]) => {
    const sunset = sunsetOf(contract);
    return sunset !== undefined && sunset < today ? [version] : [];
  });
}

function removedVersion(version: string, removed: string, { file, contract }: ContractFile): Violation {
  const list = new ChangeList({ isShared: true });
  const place = new Place(contract).at('components', 'schemas', 'ApiVersion') ?? new Place(contract);
  list.breaking({
    place,
    message: `The live version ${version} was removed with ${removed}: clients that name it are rejected.`,
    remedy: 'Keep the file until the day after `x-deprecation.sunsetAt` in it.',
  });
  return { ...(list.changes[0] ?? never()), file, rule: 'released-version' };
}

/**
 * Versions are compared as text, and clients name them by date. A contract may use other names if none of its versions
 * looks like a date.
 */
export function findMisdated(...files: ContractFile[]): Violation[] {
  const named = files.map((each) => ({ each, versions: versionsOf(each.contract) }));
  if (!named.some(({ versions }) => versions.some(({ text }) => LIKE_DATE.test(text)))) return [];
  return named.flatMap(({ each, versions }) =>
    versions.filter(({ text }) => !isCalendarDate(text)).map(({ text, place }) => noDate(text, place, each.file)),
  );
}

const LIKE_DATE = /^\d{4}-\d/;

/** `info.version`, and the versions in `ApiVersion`. */
function versionsOf(contract: object): { text: string; place: Place }[] {
  const root = new Place(contract);
  const version = root.at('info')?.child('version');
  const listed = root.at('components', 'schemas', 'ApiVersion', 'enum');
  return [
    { text: String(version?.value ?? ''), place: version ?? root },
    ...(listed && Array.isArray(listed.value)
      ? listed.value.map((each) => ({ text: String(each), place: listed }))
      : []),
  ];
}

function noDate(version: string, place: Place, file: string): Violation {
  const list = new ChangeList({ isShared: true });
  const remedy = 'Write the day of its release, such as "2026-01-31".';
  list.breaking({ place, message: `The version "${version}" is no calendar date.`, remedy });
  return { ...(list.changes[0] ?? never()), file, rule: 'breaking-change' };
}

/** A version that is older than one that was released would not be the newest. */
function outdated(version: string, last: string, { file, contract }: ContractFile): Violation {
  const list = new ChangeList({ isShared: true });
  const place = new Place(contract).at('info')?.child('version') ?? new Place(contract);
  const message = `The version ${version} is older than ${last}, which is released.`;
  list.breaking({ place, message, remedy: `Write ${last}, or a later day.` });
  return { ...(list.changes[0] ?? never()), file, rule: 'breaking-change' };
}

function never(): never {
  throw new Error('A change that was reported is not in the list.');
}

function checkNewest({ before, after, newest, modules, today }: VersionState): Violation[] {
  const last = [...after.keys()].sort().at(-1);
  const released = last === undefined ? undefined : after.get(last);
  if (last === undefined || !released) return [];
  const version = new Place(newest.contract).at('info')?.text('version') ?? '';
  const retired = retiredVersions(new Map([...before, ...after]), today);
  const changes = compareContracts(released.contract, newest.contract, { retired });
  const { file } = newest;
  const rule = 'breaking-change';
  const misdated = findMisdated(released, newest);
  if (misdated.length > 0) return misdated;
  if (version < last) return [outdated(version, last, newest)];
  if (version === last) {
    const unrecorded = findUnrecorded(changes).map((change) => ({ ...change, remedy: RECORD }));
    const prefix = `Version ${version} is released.`;
    return [
      ...toViolations(breakingOf(changes), { file, rule, prefix }),
      ...toViolations(unrecorded, { file, rule: 'unrecorded-change' }),
    ];
  }
  const shared = breakingOf(changes).filter(({ isShared }) => isShared);
  const others = modules.has(version) ? [] : breakingOf(changes).filter(({ isShared }) => !isShared);
  const remedy = `Revert it, or convert it in server/versions/${version}.ts.`;
  return [
    ...toViolations(
      shared.map((change) => ({
        ...change,
        remedy: `Revert it: no version can convert it for the clients of another.`,
      })),
      { file, rule },
    ),
    ...toViolations(
      others.map((change) => ({ ...change, remedy })),
      { file, rule },
    ),
  ];
}

const RECORD = 'Revert it, or run `npm run release -- --write`, which names it in the changelog.';

function breakingOf(changes: readonly Change[]): Change[] {
  return changes.filter(({ effect }) => effect === 'breaking');
}

function toViolations(
  changes: readonly Change[],
  { file, rule, prefix }: Pick<Violation, 'file' | 'rule'> & { prefix?: string },
): Violation[] {
  return changes.map((change) => ({
    ...change,
    file,
    rule,
    message: prefix === undefined ? change.message : `${prefix} ${change.message}`,
  }));
}
