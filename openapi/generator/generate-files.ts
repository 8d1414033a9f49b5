// Generates the text of every file in generated/ from the bundled contract.
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import {
  type Contract,
  type Header,
  hasMarkers,
  operationsOf,
  type Response,
  resolve,
  responsesOf,
} from '../model/contract.ts';
import { ContractError } from '../model/contract-error.ts';
import type { OlderContract } from '../model/versions/older-contract.ts';
import { addFallbacks, writeFallbackTypes } from './add-fallbacks.ts';
import { allowUndefinedParameters } from './allow-undefined.ts';
import { writeExamples } from './write-examples.ts';
import { writeImpliedKeywords } from './write-implied-keywords.ts';
import { writeLimits } from './write-limits.ts';
import { writeOperations } from './write-operations.ts';
import { writeRequestValidators, writeResponseValidators } from './write-validators.ts';
import {
  writeVersionExamples,
  writeVersions,
  writeVersionTables,
  writeVersionTypes,
  writeVersionValidators,
} from './write-versions.ts';

/** Docstrings for the types that openapi-typescript writes without any. */
const DOCSTRINGS = {
  paths: `/**
 * Every path of the contract, with its methods.
 *
 * @example
 * type Path = keyof paths;
 */`,
  components: `/**
 * The named components of the contract. \`Schema<'CustomerOrganization'>\` is shorter for a schema.
 *
 * @example
 * type Organization = components['schemas']['CustomerOrganization'];
 */`,
  operations: `/**
 * Every operation of the contract, by its \`operationId\`.
 *
 * @example
 * type OperationId = keyof operations;
 */`,
};

const MODEL = fileURLToPath(new URL('../model', import.meta.url));

const NEWEST = 'openapi/openapi.yaml';
const ALL = `${NEWEST} and openapi/versions/`;
const noticeOf = (source: string) => `// Generated from ${source} by \`npm run generate\`. Do not edit.\n`;

/** Exports the bundle with its type, so that no other file needs the cast. */
const writeContract = (source: string) => `import type { Contract } from '../openapi/model/contract.ts';
import bundled from './openapi.json' with { type: 'json' };

/** The contract of ${source === NEWEST ? 'this package' : 'an older version'}: ${source}, bundled. */
// TypeScript infers literal types from the JSON file, without the index signatures of \`Contract\`.
export const contract = bundled as unknown as Contract;
`;

/**
 * The text of each file that is generated into a folder, by its path in there.
 *
 * @param older the live versions before the newest, oldest first
 * @throws ContractError when the contract lacks what the generated code needs
 */
export async function generateFiles(
  contract: Contract,
  folder: string,
  older: readonly OlderContract[] = [],
): Promise<Map<string, string>> {
  const notice = noticeOf(NEWEST);
  const texts = new Map([
    ...(await generateVersion(contract, NEWEST)),
    ['limits.ts', notice + writeLimits(contract)],
    ['implied-keywords.ts', noticeOf(ALL) + writeImpliedKeywords([contract, ...older.map((each) => each.contract)])],
    ['versions.ts', noticeOf(ALL) + writeVersions(contract, older)],
    ['version-types.ts', noticeOf(ALL) + writeVersionTypes(contract, older)],
    ['version-examples.ts', noticeOf(ALL) + writeVersionExamples(older)],
    ['version-tables.ts', noticeOf(ALL) + writeVersionTables(contract, older)],
    ['version-validators.ts', noticeOf(ALL) + writeVersionValidators(older)],
  ]);
  for (const each of older)
    for (const [name, text] of await generateVersion(each.contract, `openapi/versions/${each.version}.yaml`))
      texts.set(`${VERSIONS_FOLDER}/${each.version}/${name}`, text);
  const modelFrom = (name: string) => relative(dirname(join(folder, name)), MODEL);
  return new Map(
    [...texts].map(([name, text]) => [name, text.replaceAll("'../openapi/model/", `'${modelFrom(name)}/`)]),
  );
}

/** Each version before the newest has a folder in that of the generated files. */
export const VERSIONS_FOLDER = 'versions';

/** The files of every version: its bundle, types, tables, examples and validators. */
async function generateVersion(contract: Contract, source: string): Promise<[name: string, text: string][]> {
  const notice = noticeOf(source);
  return [
    ['openapi.json', `${JSON.stringify(contract, null, 2)}\n`],
    ['contract.ts', notice + writeContract(source)],
    ['schema.ts', notice + (await writeSchema(contract))],
    ['operations.ts', notice + writeOperations(contract)],
    ['examples.ts', notice + writeExamples(contract)],
    ['request-validators.ts', notice + (await writeRequestValidators(contract))],
    ['response-validators.ts', notice + (await writeResponseValidators(contract))],
  ];
}

async function writeSchema(contract: Contract): Promise<string> {
  const document = inlineOptionalHeaders(structuredClone(contract));
  const nodes = await openapiTS(document, { readWriteMarkers: hasMarkers(contract) }).catch((cause: unknown) => {
    throw new ContractError(`openapi-typescript cannot express the contract: ${cause}`, { cause });
  });
  const schema =
    writeFallbackTypes(contract) + astToString(nodes.map((node) => addFallbacks(allowUndefinedParameters(node))));
  return Object.entries(DOCSTRINGS).reduce(
    (text, [name, docstring]) => text.replace(`export interface ${name} {`, `${docstring}\nexport interface ${name} {`),
    schema,
  );
}

/** openapi-typescript 7.13 makes each referenced response header required. Optional ones replace their references. */
function inlineOptionalHeaders(contract: Contract): OpenAPI3 {
  // The lint rule `struct` guarantees the type.
  const shared = (contract.components.responses ?? {}) as Record<string, Response>;
  const own = operationsOf(contract).flatMap(({ operation }) => responsesOf(contract, operation));
  for (const { headers = {} } of [...Object.values(shared), ...own.map(({ response }) => response)]) {
    for (const [name, node] of Object.entries(headers)) {
      const header = resolve<Header>(contract, node);
      if (!header.required) headers[name] = header;
    }
  }
  // The same document under the type of the tool.
  return contract as unknown as OpenAPI3;
}
