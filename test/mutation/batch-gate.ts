// Runs the breaking-change gate on many mutants at once. One document holds a copy of each under unique names, because
// Redocly spends most of its time on starting.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Contract, operationsOf } from '../../openapi/model/contract.ts';
import { announcesVersion, type Change, findChanges, findUnrecorded } from '../../openapi/tooling/breaking-changes.ts';
import { temporaryFolder } from '../support/targets.ts';

export type GateResult = 'breaks clients' | 'not recorded' | undefined;

/** The result of the gate for each revision of the base. */
export async function checkGate(base: Contract, revisions: readonly Contract[]): Promise<GateResult[]> {
  await using folder = await temporaryFolder();
  const [before, after] = [join(folder.path, 'base.json'), join(folder.path, 'revision.json')];
  await writeFile(before, JSON.stringify(merge(revisions.map(() => base))));
  await writeFile(after, JSON.stringify(merge(revisions)));
  const changes = await findChanges(before, after);
  const byCopy = Map.groupBy(changes, ({ pointer }) => Number(/\/(?:~1)?copy(\d+)[-~]/.exec(pointer)?.[1]));
  return revisions.map((revision, index) => classify(base, revision, byCopy.get(index) ?? []));
}

function classify(base: Contract, revision: Contract, changes: readonly Change[]): GateResult {
  const breaks = changes.some(({ impact }) => impact === 'major') && !announcesVersion(base, revision);
  if (breaks) return 'breaks clients';
  return findUnrecorded(changes).length > 0 ? 'not recorded' : undefined;
}

/** Merges the contracts into one. Prefixes of paths and components name the source. */
function merge(contracts: readonly Contract[]): object {
  const [first] = contracts;
  const paths: Record<string, object> = {};
  const components: Record<string, Record<string, unknown>> = {};
  for (const [index, contract] of contracts.entries()) {
    const renamed = rename(contract, `copy${index}-`);
    for (const [path, item] of Object.entries(renamed.paths)) paths[`/copy${index}${path}`] = item;
    // Makes the gate compare fallback responses like those of an operation.
    paths[`/copy${index}/x-fallback-responses`] = { get: { responses: renamed['x-fallback-responses'] } };
    for (const [section, named] of Object.entries(renamed.components)) {
      const entries = Object.entries(Object(named)).map(([name, each]) => [`copy${index}-${name}`, each]);
      components[section] = { ...components[section], ...Object.fromEntries(entries) };
    }
  }
  return { openapi: first?.openapi, info: first?.info, servers: first?.servers, paths, components };
}

/**
 * A copy with a prefix in all references and security schemes. Root-level security is copied to each operation, because
 * the merged document has none.
 */
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
  return walk(copy) as Contract; // Only names differ.
}
