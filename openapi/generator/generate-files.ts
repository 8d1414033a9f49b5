// The text of every generated file, from the bundled contract.
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { type Contract, type Header, type Response, resolve } from '../model/contract.ts';
import { writeOperations } from './write-operations.ts';

/** What the package says of the types that openapi-typescript writes. */
const DOCS = {
  paths: `/**
 * Every path of the contract, with its methods.
 *
 * @example
 * type Path = keyof paths;
 */`,
  components: `/**
 * The named parts of the contract. \`Schema<'CustomerOrganization'>\` is shorter for a schema.
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

/** The bundle under its type, so that no other file needs the cast. */
const CONTRACT = `// Written by \`npm run generate\`. Do not edit.
import type { Contract } from '../openapi/model/contract.ts';
import bundled from './openapi.json' with { type: 'json' };

/** The contract of this package: openapi/openapi.yaml, bundled. */
// TypeScript infers literal types from the JSON file, without the index signatures of \`Contract\`.
export const contract = bundled as unknown as Contract;
`;

/** By their path from the root. */
export async function generateFiles(bundled: string): Promise<Map<string, string>> {
  const contract: Contract = JSON.parse(bundled);
  const schema = astToString(await openapiTS(inlineOptionalHeaders(JSON.parse(bundled))));
  const documented = Object.entries(DOCS).reduce(
    (text, [name, doc]) => text.replace(`export interface ${name} {`, `${doc}\nexport interface ${name} {`),
    schema,
  );
  return new Map([
    ['generated/openapi.json', bundled],
    ['generated/contract.ts', CONTRACT],
    [
      'generated/schema.ts',
      `// Made from openapi/openapi.yaml by \`npm run generate\`. Do not edit: change the contract and generate again.\n${documented}`,
    ],
    ['generated/operations.ts', writeOperations(contract)],
  ]);
}

/** openapi-typescript takes each response header that is a reference for required, so the optional ones are put in their place. */
function inlineOptionalHeaders(contract: Contract): OpenAPI3 {
  const responses = contract.components.responses as Record<string, Response>; // The lint rule `struct` guarantees the shape.
  for (const { headers = {} } of Object.values(responses)) {
    for (const [name, node] of Object.entries(headers)) {
      const header = resolve<Header>(contract, node);
      if (!header.required) headers[name] = header;
    }
  }
  // The same document under the tool's own type.
  return contract as unknown as OpenAPI3;
}
