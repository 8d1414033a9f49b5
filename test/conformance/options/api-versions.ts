// The versions of the API that a run tests, each by its own contract.
import type { Contract } from '../../../openapi/model/contract.ts';
import type { OlderContract } from '../../../openapi/model/versions/older-contract.ts';
import { LIVE_VERSIONS } from '../cases/schema.ts';

/** A version, with its contract from the view of a client that names this version in every request. */
export interface ApiVersion {
  /** The version; undefined if it is the only one, which need not be named. */
  name: string | undefined;
  contract: Contract;
}

/**
 * The versions to test, oldest first: all of them, or the one that was asked for.
 *
 * @throws RangeError when there is no such version
 */
export function selectVersions(contract: Contract, older: readonly OlderContract[], asked?: string): ApiVersion[] {
  if (asked === undefined && older.length === 0) return [{ name: undefined, contract }];
  const all = [...older, { version: contract.info.version, contract }];
  const selected = asked === undefined ? all : all.filter(({ version }) => version === asked);
  if (selected.length === 0)
    throw new RangeError(
      `there is no API version ${JSON.stringify(asked)}; there are ${all.map(({ version }) => version).join(', ')}`,
    );
  const live = all.map(({ version }) => version);
  return selected.map((each) => ({ name: each.version, contract: withOnly(each.version, each.contract, live) }));
}

/** Limits the contract to one version. The other versions that it lists have contracts of their own. */
function withOnly(version: string, contract: Contract, live: readonly string[]): Contract {
  const { components } = contract;
  const { ApiVersion, ...schemas } = components.schemas;
  if (!ApiVersion) return contract;
  const only = { ...ApiVersion, enum: [version], [LIVE_VERSIONS]: live };
  return { ...contract, components: { ...components, schemas: { ...schemas, ApiVersion: only } } };
}
