// Released versions, the newest contract, and its conversions, for the tests of the gate.
import type { ContractFile, VersionState } from '../../../openapi/breaking-changes/check-versions.ts';
import type { ModuleConversions } from '../../../openapi/breaking-changes/find-unconverted.ts';
import { readBaseContract } from './base-contract.ts';
import { all, append, type Edit, set } from './edits/edit.ts';

const createBase = await readBaseContract();

export const FIRST = '2024-07-30';
export const SECOND = '2025-06-01';
export const MEMBERS = '/components/schemas/NewCustomerOrganization/properties/memberIds';
export const KEY = '/components/parameters/IdempotencyKey/schema';
export const DETAILS = '/components/schemas/BadRequestError/properties/error/then/properties/details/maxItems';
export const PROFILE = '/components/schemas/Profile/properties';
export const VIEW = '/components/schemas/ProfileView/properties';
export const ENUM = '/components/schemas/ApiVersion/enum';
/** The minimum of a second version. */
export const DATED = all(set('/info/version', SECOND), append(ENUM, SECOND));

export function file(name: string, ...edits: Edit[]): ContractFile {
  const contract = createBase();
  all(...edits)(contract);
  return { file: name, contract };
}

/** One released version that has not changed, and a contract with these edits. */
export function state(newest: Edit[], changes: Partial<VersionState> = {}): VersionState {
  const released = new Map([[FIRST, file(`openapi/versions/${FIRST}.yaml`)]]);
  return {
    before: released,
    after: released,
    newest: file('openapi/openapi.yaml', ...newest),
    modules: new Map(),
    today: '2026-01-01',
    ...changes,
  };
}

export const edited = (...edits: Edit[]) => new Map([[FIRST, file(`openapi/versions/${FIRST}.yaml`, ...edits)]]);
/** Conversions of everything that needs one. */
export const CONVERSIONS: ModuleConversions = Object.fromEntries(
  Object.values<Record<string, { operationId?: string }>>(Object(createBase()).paths)
    .flatMap((item) => Object.values(item).flatMap(({ operationId }) => operationId ?? []))
    .map((id) => [id, { upgradeRequest: true, downgradeResponse: { 200: true, 201: true, 400: true } }]),
);
export const withModule = { modules: new Map([[SECOND, CONVERSIONS]]) };
