// Writes the generated files that cover all live versions: lists of their contents, by version.
import type { Contract } from '../model/contract.ts';
import { readOperationTables } from '../model/operation-tables.ts';
import { toClientOperations } from '../model/to-client-operations.ts';
import { deprecationHeaders } from '../model/versions/deprecation.ts';
import type { OlderContract } from '../model/versions/older-contract.ts';

/** A version, and the suffix of the names that its exports are imported under. */
interface NamedVersion {
  version: string;
  suffix: string;
}

const named = (older: readonly Pick<OlderContract, 'version'>[]): NamedVersion[] =>
  older.map(({ version }) => ({ version, suffix: `V${version.replaceAll('-', '')}` }));

/** `import type { name as nameV20240730 } from './versions/2024-07-30/file'`, without `type` for values. */
function writeImport(names: readonly string[], { version, suffix }: NamedVersion, file: string, type = ''): string {
  const renamed = names.map((name) => `${name} as ${name.replace(/^type /, '')}${suffix}`).join(', ');
  return `import ${type}{ ${renamed} } from './versions/${version}/${file}';\n`;
}

/** The versions that clients can ask for, oldest first. A contract without `ApiVersion` has a single version. */
function namesOf({ components, info }: Contract): string[] {
  const listed = (components.schemas.ApiVersion?.enum ?? []).map(String).sort();
  return listed.length > 0 ? listed : [info.version];
}

/** The text of generated/versions.ts: the live versions, and the types of the conversions between them. */
export function writeVersions(newest: Contract, older: readonly Pick<OlderContract, 'version'>[]): string {
  const versions = named(older);
  const imports = versions.flatMap((each) => [
    writeImport(['contract'], each, 'contract.ts'),
    writeImport(['Handlers'], each, 'operations.ts', 'type '),
  ]);
  const contracts = versions.map(
    ({ version, suffix }) => `  { version: '${version}', contract: contract${suffix} },\n`,
  );
  const handlers = [
    ...versions.map(({ version, suffix }) => [version, `Handlers${suffix}`]),
    [newest.info.version, 'Handlers'],
  ];
  return `import type { OlderContract } from '../openapi/model/versions/older-contract.ts';
import type { Handlers } from './operations.ts';
${imports.join('')}
/** The contracts of the live versions before the newest, oldest first. */
export const olderContracts: readonly OlderContract[] = [${contracts.length > 0 ? `\n${contracts.join('')}` : ''}];

/** Each live version with the handlers that it would have, oldest first. */
export type LiveVersions = [
${handlers.map(([version, type]) => `  [version: ${JSON.stringify(version)}, handlers: ${type}],`).join('\n')}
];
`;
}

const SCHEMA_TYPES = ['paths', 'components', 'operations'];

/** The text of generated/version-types.ts: the types of each version's client. */
export function writeVersionTypes(newest: Contract, older: readonly Pick<OlderContract, 'version'>[]): string {
  const versions = named(older);
  const suffixOf = (name: string) => versions.find(({ version }) => version === name)?.suffix ?? '';
  const names = namesOf(newest);
  const imports = versions.flatMap((each) => [
    writeImport(['ErrorType'], each, 'operations.ts', 'type '),
    writeImport(SCHEMA_TYPES, each, 'schema.ts', 'type '),
  ]);
  const errorTypes = ['ErrorType', ...versions.map(({ suffix }) => `ErrorType${suffix}`)];
  const types = names.map((name) => {
    const members = SCHEMA_TYPES.map(
      (each) => `    /** The type \`${each}\` of schema.ts. */\n    ${each}: ${each}${suffixOf(name)};\n`,
    );
    return `  /** The types of ${name}. */\n  ${JSON.stringify(name)}: {\n${members.join('')}  };`;
  });
  return `import type { ErrorType } from './operations.ts';
import type { ${SCHEMA_TYPES.toSorted().join(', ')} } from './schema.ts';
${imports.join('')}
/**
 * The generated types of each live version, by its name.
 *
 * @example
 * type Path = keyof VersionTypes[NewestVersion]['paths'];
 */
export interface VersionTypes {
${types.join('\n')}
}

/**
 * The newest version of the API.
 *
 * @example
 * const version: NewestVersion = ${JSON.stringify(names.at(-1))};
 */
export type NewestVersion = ${JSON.stringify(names.at(-1))};

/**
 * Every \`error.type\` of any live version.
 *
 * @example
 * const retryable: AnyErrorType[] = ['RateLimited', 'Unavailable'];
 */
export type AnyErrorType = ${errorTypes.join(' | ')};
`;
}

/** The text of generated/version-tables.ts: the client's tables of each version. It imports no contract. */
export function writeVersionTables(newest: Contract, older: readonly OlderContract[]): string {
  const versions = named(older);
  const imports = versions.map((each) => writeImport(['routes'], each, 'operations.ts'));
  const routes = versions.map(({ version, suffix }) => `  '${version}': routes${suffix},\n`).join('');
  const tables = namesOf(newest).map((name) => {
    const { contract } = older.find(({ version }) => version === name) ?? { contract: newest };
    const { routes, errorTypes } = readOperationTables(contract);
    return `  ${JSON.stringify(name)}: ${JSON.stringify(toClientOperations(routes, errorTypes), null, 2)},`;
  });
  const headers = older.map(({ version, contract }) => {
    const lines = deprecationHeaders(contract).map(({ name, value }) => ({ name, value }));
    return `  { version: '${version}', headers: ${JSON.stringify(lines)} },`;
  });
  return `import type { ClientOperations } from '../openapi/model/client-operations.ts';
import type { RouteEntry } from '../openapi/model/operation-tables.ts';
import type { OlderHeaders } from '../openapi/model/versions/older-contract.ts';
import type { VersionTypes } from './version-types.ts';
${imports.join('')}
/** The operations of each live version, oldest first, as the client reads them. */
export const versionTables: { readonly [V in keyof VersionTypes]: ClientOperations } = {
${tables.join('\n')}
};

/** The operations of the versions before the newest, as servers read them. */
export const olderRoutes: Readonly<Record<string, readonly RouteEntry[]>> = {${routes && `\n${routes}`}};

/** The headers that responses of older versions have besides those of their contracts, oldest version first. */
export const olderHeaders: readonly OlderHeaders[] = [${headers.length > 0 ? `\n${headers.join('\n')}\n` : ''}];
`;
}

/** The text of generated/version-examples.ts: the examples of the versions before the newest. */
export function writeVersionExamples(older: readonly Pick<OlderContract, 'version'>[]): string {
  const versions = named(older);
  const imports = versions.map((each) => writeImport(['examples', 'type ScenarioName'], each, 'examples.ts'));
  const list = versions.map(({ version, suffix }) => `  '${version}': examples${suffix},\n`).join('');
  const names = ['ScenarioName', ...versions.map(({ suffix }) => `ScenarioName${suffix}`)];
  return `import type { ContractExamples } from '../openapi/model/examples/operation-examples.ts';
import type { ScenarioName } from './examples.ts';
${imports.join('')}
/** The examples of the versions before the newest, by version, oldest first. */
export const olderExamples: Readonly<Record<string, ContractExamples>> = {${list && `\n${list}`}};

/**
 * The name of an example of some response in any live version.
 *
 * @example
 * const scenario: AnyScenarioName = 'RateLimited';
 */
export type AnyScenarioName = ${names.join(' | ')};
`;
}

/** The text of generated/version-validators.ts: the validators of the versions before the newest. */
export function writeVersionValidators(older: readonly Pick<OlderContract, 'version'>[]): string {
  const versions = named(older);
  const imports = versions.flatMap((each) => [
    writeImport(['requestValidators'], each, 'request-validators.ts'),
    writeImport(['responseValidators'], each, 'response-validators.ts'),
  ]);
  const list = (name: string) => versions.map(({ version, suffix }) => `  '${version}': ${name}${suffix},\n`).join('');
  const write = (name: string) => (versions.length > 0 ? `{\n${list(name)}}` : '{}');
  const types = '../openapi/model/validators/compiled-validators.ts';
  return `import type { RequestValidators, ResponseValidators } from '${types}';
${imports.join('')}
/** The validators of requests, by version. */
export const olderRequestValidators: Readonly<Record<string, RequestValidators>> = ${write('requestValidators')};

/** The validators of responses, by version. */
export const olderResponseValidators: Readonly<Record<string, ResponseValidators>> = ${write('responseValidators')};
`;
}
