// Asks the breaking-change gate about many mutants at once: one document holds a copy of each, under names of its own, for Redocly takes most of its time to start.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Contract, operationsOf } from '../../openapi/model/contract.ts';
import { announcesVersion, type Change, findChanges, findUnrecorded } from '../../openapi/tooling/breaking-changes.ts';
import { temporaryFolder } from '../support/targets.ts';

export type GateVerdict = 'breaks clients' | 'not recorded' | undefined;

/** What the gate has to say of each revision of the base. */
export async function askGate(base: Contract, revisions: readonly Contract[]): Promise<GateVerdict[]> {
  await using folder = await temporaryFolder();
  const [before, after] = [join(folder.path, 'base.json'), join(folder.path, 'revision.json')];
  await writeFile(before, JSON.stringify(unite(revisions.map(() => base))));
  await writeFile(after, JSON.stringify(unite(revisions)));
  const changes = await findChanges(before, after);
  const byCopy = Map.groupBy(changes, ({ pointer }) => Number(/\/(?:~1)?copy(\d+)[-~]/.exec(pointer)?.[1]));
  return revisions.map((revision, index) => judge(base, revision, byCopy.get(index) ?? []));
}

function judge(base: Contract, revision: Contract, changes: readonly Change[]): GateVerdict {
  const breaks = changes.some(({ impact }) => impact === 'major') && !announcesVersion(base, revision);
  if (breaks) return 'breaks clients';
  return findUnrecorded(changes).length > 0 ? 'not recorded' : undefined;
}

/** One contract with the operations and components of all, each under a name that tells which it came from. */
function unite(contracts: readonly Contract[]): object {
  const [first] = contracts;
  const paths: Record<string, object> = {};
  const components: Record<string, Record<string, unknown>> = {};
  for (const [index, contract] of contracts.entries()) {
    const renamed = rename(contract, `copy${index}-`);
    for (const [path, item] of Object.entries(renamed.paths)) paths[`/copy${index}${path}`] = item;
    // The gate holds fallback responses like those of an operation too.
    paths[`/copy${index}/x-fallback-responses`] = { get: { responses: renamed['x-fallback-responses'] } };
    for (const [section, named] of Object.entries(renamed.components)) {
      const entries = Object.entries(Object(named)).map(([name, each]) => [`copy${index}-${name}`, each]);
      components[section] = { ...components[section], ...Object.fromEntries(entries) };
    }
  }
  return { openapi: first?.openapi, info: first?.info, servers: first?.servers, paths, components };
}

/** A copy whose references, and the names that stand for references, lead to components with this prefix. What holds for all operations is said by each. */
function rename(contract: Contract, prefix: string): Contract {
  const prefixed = (security: Record<string, string[]>[]) =>
    security.map((each) => Object.fromEntries(Object.entries(each).map(([name, scopes]) => [prefix + name, scopes])));
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(
      Object.entries(node).map(([key, value]) => [
        key,
        key === '$ref' && typeof value === 'string'
          ? value.replace(/^(#\/components\/\w+\/)/, `$1${prefix}`)
          : walk(value),
      ]),
    );
  };
  const copy = structuredClone(contract);
  for (const { operation } of operationsOf(copy)) {
    operation.operationId = prefix + operation.operationId;
    const security = operation.security ?? contract.security;
    if (security) operation.security = prefixed(security);
  }
  return walk(copy) as Contract; // The same, but for its references.
}
