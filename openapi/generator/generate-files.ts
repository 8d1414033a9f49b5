// Generates the text of every file in generated/ from the bundled contract.
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { type Contract, type Header, type Response, resolve } from '../model/contract.ts';
import { writeOperations } from './write-operations.ts';

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

const NOTICE = '// Generated from openapi/openapi.yaml by `npm run generate`. Do not edit.\n';

/** The bundle under its type, so that no other file needs the cast. */
const CONTRACT = `${NOTICE}import type { Contract } from '../openapi/model/contract.ts';
import bundled from './openapi.json' with { type: 'json' };

/** The contract of this package: openapi/openapi.yaml, bundled. */
// TypeScript infers literal types from the JSON file, without the index signatures of \`Contract\`.
export const contract = bundled as unknown as Contract;
`;

/**
 * The text of each file, by its path from the root.
 *
 * @throws ContractError when the contract lacks what the generated code needs
 */
export async function generateFiles(bundled: string): Promise<Map<string, string>> {
  const contract: Contract = JSON.parse(bundled);
  return new Map([
    ['generated/openapi.json', bundled],
    ['generated/contract.ts', CONTRACT],
    ['generated/schema.ts', NOTICE + (await writeSchema(bundled))],
    ['generated/operations.ts', NOTICE + writeOperations(contract)],
  ]);
}

async function writeSchema(bundled: string): Promise<string> {
  const schema = astToString(await openapiTS(inlineOptionalHeaders(JSON.parse(bundled))));
  return Object.entries(DOCSTRINGS).reduce(
    (text, [name, docstring]) => text.replace(`export interface ${name} {`, `${docstring}\nexport interface ${name} {`),
    schema,
  );
}

/** openapi-typescript 7.13 makes each referenced response header required. Optional ones replace their references. */
function inlineOptionalHeaders(contract: Contract): OpenAPI3 {
  // The lint rule `struct` guarantees the type.
  const responses = contract.components.responses as Record<string, Response>;
  for (const { headers = {} } of Object.values(responses)) {
    for (const [name, node] of Object.entries(headers)) {
      const header = resolve<Header>(contract, node);
      if (!header.required) headers[name] = header;
    }
  }
  // The same document under the type of the tool.
  return contract as unknown as OpenAPI3;
}
