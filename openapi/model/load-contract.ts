// Loads a contract from its files: checked, bundled and completed.
import { readFile } from 'node:fs/promises';
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { completeContract, findForeignErrors } from './complete-contract.ts';
import {
  type Contract,
  type MediaType,
  operationsOf,
  type RequestBody,
  resolve,
  responsesOf,
  type Schema,
} from './contract.ts';
import { ContractError } from './contract-error.ts';
import { exampleOf } from './example-value.ts';
import { readOperationTables } from './operation-tables.ts';
import { readContract } from './read-contract.ts';
import { type Direction, viewOf } from './schema-view.ts';

/**
 * The contract in the form that every part of this project reads. `path` is absolute, or relative to the working
 * directory.
 *
 * @throws ContractError with one line for each problem, with file, line, column, pointer and reason
 */
export async function loadContract(path: string): Promise<Contract> {
  const contract: Contract = JSON.parse(await readContract(path));
  completeContract(contract);
  const ajv = new Ajv({ strict: false, validateSchema: false });
  formats.default(ajv);
  const isValid = (schema: Schema, body: unknown) =>
    ajv.validate({ ...schema, components: contract.components }, body) === true;
  const foreign = findForeignErrors(contract, isValid);
  const missing = addExamples(contract);
  const tables = explainTables(contract);
  if (foreign.length === 0 && missing.length === 0 && !tables) return contract;
  const text = await readFile(path, 'utf8');
  const lines = foreign.map(({ pointer, status, types }) => {
    const names = types.length > 0 ? `, among them the type ${types.map((type) => `\`${type}\``).join(', ')}` : '';
    return (
      `${path}:${locate(text, pointer)} at #${pointer}: Errors have the envelope {"error":{"type","message"}}, but the ` +
      `schema of ${status} does not allow it${names}. ` +
      `Write that envelope, or leave out ${types.length > 0 ? 'the response' : 'the content'}: it is added then.`
    );
  });
  const examples = missing.map(
    (pointer) =>
      `${path}:${locate(text, pointer)} at #${pointer}: The body has no example, and none can be made from its schema. ` +
      'Write one below `examples`: mock, samples and panel need it.',
  );
  const others = tables ? [`${path}:${locate(text, tables.pointer)} at #${tables.pointer}: ${tables.message}`] : [];
  throw new ContractError([...lines, ...examples, ...others].join('\n'));
}

/** Why the tables of the operations cannot be read. */
function explainTables(contract: Contract): { pointer: string; message: string } | undefined {
  try {
    readOperationTables(contract);
    return undefined;
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return { pointer: error.pointer ?? '', message: error.message };
  }
}

/** Adds an example to each body without one. Returns the pointers of those for which no valid one can be made. */
function addExamples(contract: Contract): string[] {
  return operationsOf(contract).flatMap((entry) => {
    const pointer = `/paths/${escapeSegment(entry.path)}/${entry.method}`;
    const { requestBody } = entry.operation;
    const body = requestBody && resolve<RequestBody>(contract, requestBody);
    return [
      ...addExamplesTo(contract, 'request', body?.content, `${pointer}/requestBody`),
      ...responsesOf(contract, entry.operation)
        .filter(({ status }) => status < 400)
        .flatMap(({ status, response: { content } }) =>
          addExamplesTo(contract, 'response', content, `${pointer}/responses/${status}`),
        ),
    ];
  });
}

function addExamplesTo(
  contract: Contract,
  direction: Direction,
  content: Record<string, MediaType> = {},
  pointer: string,
): string[] {
  return Object.entries(content).flatMap(([name, media]) => {
    if (Object.keys(media.examples ?? {}).length > 0) return [];
    const { components } = viewOf(contract, { components: contract.components }, direction);
    const schema = viewOf(contract, { schema: media.schema }, direction).schema;
    const ajv = new Ajv({ strict: false, validateSchema: false, discriminator: true });
    formats.default(ajv);
    const value = exampleOf({ ...contract, components }, schema);
    if (ajv.validate({ ...schema, components }, value) !== true) return [`${pointer}/content/${escapeSegment(name)}`];
    media.examples = { example: { summary: 'Made from the schema', value } };
    return [];
  });
}

function escapeSegment(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Line and column of the value at a pointer, or of what contains it if it stands in another file. */
function locate(text: string, pointer: string): string {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  for (let length = keys.length; length > 0; length--) {
    const path = keys.slice(0, length);
    const last = Number(path.at(-1));
    // A status without quotes is a number in YAML.
    const node = document.getIn(path, true) ?? document.getIn([...path.slice(0, -1), last], true);
    if (isNode(node) && node.range) {
      const { line, col } = counter.linePos(node.range[0]);
      return `${line}:${col}`;
    }
  }
  return '1:1';
}
