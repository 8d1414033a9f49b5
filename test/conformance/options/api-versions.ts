// The versions of the API that a run tests, each by its own contract.
import type { Contract } from '../../../openapi/model/contract.ts';
import type { OlderContract } from '../../../openapi/model/versions/older-contract.ts';

/** A version, with its contract as a client sees it that names this version in every request. */
export interface ApiVersion {
  /** Undefined: the only version, which need not be named. */
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

/** In the schema of versions: all that are live, whether or not they have this contract. */
export const LIVE_VERSIONS = 'x-live-versions';

/** Other versions that the contract lists have contracts of their own. */
function withOnly(version: string, contract: Contract, live: readonly string[]): Contract {
  const { components } = contract;
  const { ApiVersion, ...schemas } = components.schemas;
  if (!ApiVersion) return contract;
  const only = { ...ApiVersion, enum: [version], [LIVE_VERSIONS]: live };
  return { ...contract, components: { ...components, schemas: { ...schemas, ApiVersion: only } } };
}
