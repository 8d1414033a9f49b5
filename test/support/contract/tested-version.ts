// The version that tests write their requests and responses in. When a newer one is released, they ask for this one, so
// they stay valid; the newer version has its own tests. Move them to another version before this one is retired.
import { contract } from '../../../generated/contract.ts';
import type { VersionTypes } from '../../../generated/version-types.ts';
import { olderContracts } from '../../../generated/versions.ts';
import { type Client, type ClientOptions, createClient as create } from '../../../openapi/client/index.ts';
import { type Contract, operationsOf, type Response, resolve } from '../../../openapi/model/contract.ts';

export const TESTED_VERSION = '2024-07-30';

type Tested = typeof TESTED_VERSION;

export type TestedPaths = VersionTypes[Tested]['paths'];

const older = olderContracts.find(({ version }) => version === TESTED_VERSION);

/** The contract of the version. */
export const testedContract: Contract = older?.contract ?? contract;

/** The headers that ask for the version; none as long as it is the newest. */
export const versionHeaders: Readonly<Record<string, string>> = older ? { 'sequence-version': TESTED_VERSION } : {};

export type TestedOrganization = VersionTypes[Tested]['components']['schemas']['CustomerOrganization'];

const operation = operationsOf(testedContract).find(({ path }) => path === '/customer-organizations');
const created = Object.values(
  resolve<Response>(testedContract, operation?.operation.responses[201] ?? { description: '' }).content ?? {},
);

/** The example of the version's contract with these properties instead of its own. */
export function testedOrganizationWith(changes: Partial<TestedOrganization> = {}): TestedOrganization {
  // The types are made from the contract, to whose schemas its examples are validated.
  return { ...(created[0]?.examples?.oneMember?.value as TestedOrganization), ...changes };
}

export type TestedOptions = ClientOptions<Tested>;

/** The client of a user of this version, without the option `version` as long as it is the newest. */
export function createClient(options: TestedOptions): Client<Tested> {
  return create<Tested>(older ? { version: TESTED_VERSION, ...options } : options);
}
