// What the module of a version is made of.
import type { LiveVersions } from '../../generated/versions.ts';
import type { Conversions, NeighboursOf, VersionChange, VersionChanges } from './version-change.ts';

/** Every live version but the first. */
type LaterVersion = VersionChanges<LiveVersions>[number]['version'];

type ConversionsOf<V extends string> =
  NeighboursOf<V, LiveVersions> extends [infer Older, infer Newer] ? Conversions<Older, Newer> : never;

/**
 * Defines how a version differs from the one before, by conversions between the two. It does not compile when an
 * operation differs and its conversions are missing or incomplete.
 *
 * @example
 * export default defineVersion('2025-06-01', {
 *   createCustomerOrganization: {
 *     upgradeRequest: (request) => ({ ...request, body: { ...request.body, currency: 'EUR' } }),
 *   },
 * });
 */
export function defineVersion<V extends LaterVersion>(version: V, operations: ConversionsOf<V>): VersionChange<V> {
  // The edge calls each conversion with what was validated against the contract that its types are made from.
  return { version, operations: operations as unknown as VersionChange['operations'] };
}
