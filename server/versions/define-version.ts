// Defines the module of a version.
import type { LiveVersions } from '../../generated/versions.ts';
import type { Checked, Conversions } from './conversion-types.ts';
import type { NeighboursOf, VersionChange, VersionChanges } from './version-change.ts';

/** Every live version but the first. */
type LaterVersion = VersionChanges<LiveVersions>[number]['version'];

type ConversionsOf<V extends string> =
  NeighboursOf<V, LiveVersions> extends [infer Older, infer Newer] ? Conversions<Older, Newer> : never;

type CheckedOf<V extends string, Given> =
  NeighboursOf<V, LiveVersions> extends [infer Older, infer Newer] ? Checked<Older, Newer, Given> : never;

/**
 * Defines how a version differs from the preceding one, by conversions between the two. The following does not compile:
 *
 * - an operation, a status or a required property without its conversion;
 * - a property that a conversion returns and the other version does not declare, such as one that was renamed and is
 *   still there;
 * - a place of the newer request without a place in the older one: `pointers` has an entry for each that is new, moved
 *   or renamed. Its keys are places of the newer request and its values of the older: `''` is the whole body, for what
 *   has no other place. All below an entry moves along, and is checked where it ends up;
 * - an entry for a place that one of the two requests does not have.
 *
 * An item of an array has its index or `*`, which stands for any. Types end eight levels down, where a schema is within
 * itself, at maps, and where a conversion declares a wider type than it returns. Server and mock check the rest before
 * they listen, with the schemas and examples of both contracts.
 *
 * @example
 * export const v20250601 = defineVersion('2025-06-01', {
 *   createCustomerOrganization: {
 *     upgradeRequest: (request) => ({ ...request, body: { ...request.body, currency: 'EUR' } }),
 *     pointers: { body: { '/currency': '' } },
 *   },
 * });
 */
export function defineVersion<V extends LaterVersion, const Given extends ConversionsOf<V>>(
  version: V,
  operations: Given & CheckedOf<V, Given>,
): VersionChange<V> {
  // The edge calls each conversion with a value that was validated against the contract of its types.
  return { version, operations: operations as unknown as VersionChange['operations'] };
}
