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
import { readLiveVersions } from './live-versions.ts';
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
  try {
    return await completeAndCheck(path, contract);
  } catch (cause) {
    if (cause instanceof ContractError) throw cause;
    // The structure of extensions is checked by nothing else.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ContractError(`${path}:1:1 at #/: The contract cannot be read: ${reason}`, { cause });
  }
}

async function completeAndCheck(path: string, contract: Contract): Promise<Contract> {
  completeContract(contract);
  const ajv = new Ajv({ strict: false, validateSchema: false });
  formats.default(ajv);
  const isValid = (schema: Schema, body: unknown) =>
    ajv.validate({ ...schema, components: contract.components }, body) === true;
  const foreign = findForeignErrors(contract, isValid);
  const examples = completeExamples(contract);
  const tables = await explain(() => readOperationTables(contract));
  const versions = await explain(() => readLiveVersions(path, contract));
  if (foreign.length === 0 && examples.length === 0 && !tables && !versions) return contract;
  const text = await readFile(path, 'utf8');
  const lines = foreign.map(({ pointer, status, types }) => {
    const names = types.length > 0 ? `, among them the type ${types.map((type) => `\`${type}\``).join(', ')}` : '';
    return (
      `${path}:${locate(text, pointer)} at #${pointer}: ` +
      'Errors have the envelope {"error":{"type","message"}}, but the ' +
      `schema of ${status} does not allow it${names}. ` +
      `Write that envelope, or leave out ${types.length > 0 ? 'the response' : 'the content'}: it is added then.`
    );
  });
  const others = [...examples, ...(tables ? [tables] : []), ...(versions ? [versions] : [])].map(
    ({ pointer, message }) => `${path}:${locate(text, pointer)} at #${pointer}: ${message}`,
  );
  throw new ContractError([...lines, ...others].join('\n'));
}

/** Why something cannot be read of the contract. */
async function explain(read: () => unknown): Promise<Problem | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return { pointer: error.pointer ?? '', message: error.message };
  }
}

interface Problem {
  /** JSON Pointer to the place. */
  pointer: string;
  /** Whole sentences: a reason and a way out. */
  message: string;
}

/** Adds an example to each body without one, and finds examples that break their schemas. */
function completeExamples(contract: Contract): Problem[] {
  const complete = createExampleCheck(contract);
  const own = operationsOf(contract).flatMap((entry) => {
    const pointer = `/paths/${escapeSegment(entry.path)}/${entry.method}`;
    const { requestBody } = entry.operation;
    const body = requestBody && resolve<RequestBody>(contract, requestBody);
    return [
      ...complete('request', body?.content, `${pointer}/requestBody`),
      ...responsesOf(contract, entry.operation).flatMap(({ status, response }) =>
        complete('response', response.content, `${pointer}/responses/${status}`),
      ),
    ];
  });
  const fallbacks = Object.entries(contract['x-fallback-responses']).flatMap(([status, response]) =>
    complete('response', response.content, `/x-fallback-responses/${status}`),
  );
  // A response that operations share is found with each of them.
  return [...new Map([...own, ...fallbacks].map((problem) => [problem.pointer, problem])).values()];
}

type CompleteExamples = (
  direction: Direction,
  content: Record<string, MediaType> | undefined,
  pointer: string,
) => Problem[];

function createExampleCheck(contract: Contract): CompleteExamples {
  const components = { components: contract.components };
  const views = {
    request: viewOf(contract, components, 'request'),
    response: viewOf(contract, components, 'response'),
  };
  const ajv = new Ajv({ strict: false, validateSchema: false, discriminator: true, allErrors: true });
  formats.default(ajv);
  for (const direction of ['request', 'response'] as const) ajv.addSchema({ $id: direction, ...views[direction] });
  const seen = new Set<MediaType>();

  return (direction, content = {}, pointer) =>
    Object.entries(content).flatMap(([name, media]): Problem[] => {
      if (seen.has(media)) return [];
      seen.add(media);
      const at = followPointer(contract, `${pointer}/content/${escapeSegment(name)}`);
      const { schema } = viewOf(contract, { schema: media.schema }, direction);
      const validate = ajv.compile(toAbsolute(schema, direction));
      const examples = Object.entries(media.examples ?? {});
      // An error without a type has a problem of its own, and one with types has their examples.
      if (examples.length === 0 && !/\/[45]\d\d$/.test(pointer)) {
        const value = exampleOf({ ...contract, ...views[direction] }, schema);
        if (!validate(value)) return [{ pointer: at, message: NO_EXAMPLE }];
        media.examples = { example: { summary: 'Made from the schema', value } };
      }
      return examples.flatMap(([key, { value }]) => {
        if (validate(value)) return [];
        const reason = ajv.errorsText(validate.errors, { dataVar: 'it' });
        const message = `The example breaks its schema: ${reason}. Correct the example or the schema.`;
        return [{ pointer: `${at}/examples/${escapeSegment(key)}`, message }];
      });
    });
}

const NO_EXAMPLE =
  'The body has no example, and none can be made from its schema. ' +
  'Write one below `examples`: mock, samples and panel need it.';

/** The schema with its references into the view of this direction. */
function toAbsolute(schema: Schema, direction: Direction): Schema {
  return JSON.parse(JSON.stringify(schema), (key, value) =>
    key === '$ref' && typeof value === 'string' && value.startsWith('#') ? `${direction}${value}` : value,
  );
}

/** The pointer without references on its way. */
function followPointer(contract: Contract, pointer: string): string {
  let node: unknown = contract;
  let found = '';
  for (const segment of pointer.split('/').slice(1)) {
    const key = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    node = typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined;
    found = `${found}/${segment}`;
    while (typeof node === 'object' && node !== null && '$ref' in node && typeof node.$ref === 'string') {
      found = node.$ref.slice(1);
      node = resolve(contract, { $ref: node.$ref });
    }
  }
  return found;
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
