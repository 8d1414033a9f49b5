// Finds mistakes in a version module that its types cannot express, with the contracts and their examples, before the
// first request: pointers into maps or deep objects, and values that have more or fewer properties than their type.
import { contract } from '../../../generated/contract.ts';
import { olderContracts } from '../../../generated/versions.ts';
import { type Contract, operationsOf } from '../../../openapi/model/contract.ts';
import { isDeclared, listPlaces } from '../../../openapi/model/versions/declared-places.ts';
import { StartupError } from '../../startup-error.ts';
import { versionChanges } from '../../versions/index.ts';
import { findListProblem } from '../../versions/list-problem.ts';
import { type OlderVersion, olderVersions } from '../../versions/older-versions.ts';
import { checkConversions } from './check-conversions.ts';
import { PARTS, type Step, schemaOf } from './check-step.ts';
import { movePointer } from './convert-message.ts';

/** @throws StartupError with one line for each mistake in the modules of the bundled versions or in their list */
export function checkBundledChanges(): void {
  const live = [...olderContracts.map(({ version }) => version), contract.info.version];
  const problem = findListProblem(live, versionChanges);
  if (problem !== undefined) throw new StartupError(problem);
  checkChanges(olderVersions, contract);
}

/** @throws StartupError with one line for each mistake in the version modules */
export function checkChanges(older: readonly OlderVersion[], newest: Contract): void {
  const problems = findChangeProblems(older, newest);
  if (problems.length > 0) throw new StartupError(problems.join('\n'));
}

/** Returns one line for each mistake in the version modules, oldest first. */
export function findChangeProblems(older: readonly OlderVersion[], newest: Contract): string[] {
  return older.flatMap(({ version, contract, change }, index) => {
    const newer = older[index + 1]?.contract ?? newest;
    const shared = operationsOf(contract).flatMap((entry) => {
      const id = entry.operation.operationId;
      const match = operationsOf(newer).find(({ operation }) => operation.operationId === id);
      if (!match) return [];
      const step: Step = {
        change,
        id,
        older: { name: version, contract, entry },
        newer: { name: change.version, contract: newer, entry: match },
      };
      const untyped = checkTypes(step);
      return untyped.length > 0 ? untyped : [...checkPointers(step), ...checkConversions(step)];
    });
    return [...new Set(shared)].map((problem) => `server/versions/${change.version}.ts: ${problem}`);
  });
}

/** Finds entries that are not strings, which a module with casts may have. */
function checkTypes({ change, id }: Step): string[] {
  const pointers = change.operations[id]?.pointers ?? {};
  return PARTS.flatMap((part) =>
    Object.entries<unknown>(pointers[part] ?? {}).flatMap(([key, value]) =>
      typeof value === 'string'
        ? []
        : [`\`pointers\` of ${id}: ${part} "${key}" has the type ${typeof value}. Write a JSON Pointer.`],
    ),
  );
}

function checkPointers({ change, id, older, newer }: Step): string[] {
  const pointers = change.operations[id]?.pointers ?? {};
  return PARTS.flatMap((part) => {
    const [from, to] = [schemaOf(newer, part), schemaOf(older, part)];
    const table = pointers[part] ?? {};
    const misplaced = Object.entries(table).flatMap(([key, value]) => [
      ...(isDeclared(newer.contract, from, key) ? [] : [`${newer.name} has no ${part} "${key}"`]),
      ...(isDeclared(older.contract, to, value) ? [] : [`${older.name} has no ${part} "${value}"`]),
    ]);
    const unmoved = listPlaces(newer.contract, from).filter(
      (place) => !isDeclared(older.contract, to, movePointer(place, table)),
    );
    const outermost = unmoved.filter((place) => !unmoved.some((other) => place.startsWith(`${other}/`)));
    return [
      ...misplaced.map((problem) => `\`pointers\` of ${id}: ${problem}. Correct the entry.`),
      ...outermost.map(
        (place) =>
          `\`pointers\` of ${id}: ${older.name} has no ${part} "${movePointer(place, table)}". Add "${place}".`,
      ),
    ];
  });
}
