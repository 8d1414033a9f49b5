// Writes generated/examples.ts: the examples of the contract, with the types of the operations that they belong to.
import type { Contract } from '../model/contract.ts';
import { readExamples } from '../model/examples/contract-examples.ts';
import type { OperationExamples } from '../model/examples/operation-examples.ts';
import { readOperationTables } from '../model/operation-tables.ts';

/** The text of generated/examples.ts. @throws ContractError when the contract has an error type without an example */
export function writeExamples(contract: Contract): string {
  const { edgeHeaders } = readOperationTables(contract);
  const operations = Object.entries(readExamples(contract, edgeHeaders));
  return `${IMPORTS}
/**
 * The examples of the contract: the request bodies of each operation by name, its responses by status and name.
 *
 * @example
 * const { body } = examples.createCustomerOrganization.responses[429].RateLimited;
 */
export const examples = {
${operations.map(([id, each]) => writeOperation(id, each)).join('\n')}
};
${TYPES}`;
}

const IMPORTS = `import type { RequestExampleOf, ResponseExampleOf } from '../openapi/model/examples/example-types.ts';
import type { HasReadWriteMarkers } from './operations.ts';
import type { operations } from './schema.ts';
`;

const TYPES = `
/** The examples of one operation's responses, by status and name. */
type Responses<Id extends keyof typeof examples> = (typeof examples)[Id]['responses'];

/**
 * The name of an example of some response. That of an error is its \`error.type\`.
 *
 * @example
 * const scenario: ScenarioName = 'RateLimited';
 */
export type ScenarioName = {
  [Id in keyof typeof examples]: {
    [Status in keyof Responses<Id>]: keyof Responses<Id>[Status] & string;
  }[keyof Responses<Id>];
}[keyof typeof examples];
`;

function writeOperation(id: string, { requests, responses }: OperationExamples): string {
  const type = `operations[${JSON.stringify(id)}]`;
  const statuses = Object.entries(responses).map(
    ([status, each]) =>
      `      ${status}: ${json(each, 6)} satisfies ResponseExampleOf<${type}, ${status}, HasReadWriteMarkers>,`,
  );
  return `  ${JSON.stringify(id)}: {
    requests: ${json(requests, 4)} satisfies RequestExampleOf<${type}, HasReadWriteMarkers>,
    responses: {
${statuses.join('\n')}
    },
  },`;
}

/** JSON, of which all lines but the first are indented by this number of columns more. */
function json(value: unknown, columns: number): string {
  const text = JSON.stringify(value, (_, each) => (each === undefined ? null : each), 2);
  return text.replaceAll('\n', `\n${' '.repeat(columns)}`);
}
