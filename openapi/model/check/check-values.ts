// Validates values in a contract against their schemas: examples, defaults, and the values of `enum` and `const`.
import { Ajv2020 as Ajv, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import {
  type Contract,
  type Example,
  type Header,
  type MediaType,
  operationsOf,
  type Parameter,
  type RequestBody,
  resolve,
  responsesOf,
  type Schema,
} from '../contract.ts';
import { exampleOf } from '../examples/example-value.ts';
import { type Direction, viewOf } from '../validators/schema-view.ts';

/** A problem of a bundled contract. */
export interface Problem {
  /** The keys from the root to the place. References on the way are followed. */
  keys: readonly string[];
  /** Whole sentences: a reason and a remedy. */
  message: string;
}

/** Finds the values that their schemas do not allow, and parameters that could not be sent with their examples. */
export function checkValues(contract: Contract): Problem[] {
  return new ValueCheck(contract).checkAll();
}

/**
 * Adds an example to each body without one, and finds bodies and parameters of which none can be made. The contract has
 * been completed, and its own values are valid.
 */
export function completeExamples(contract: Contract): Problem[] {
  return new ValueCheck(contract).complete();
}

const NO_EXAMPLE =
  'The body has no example, and none can be made from its schema. ' +
  'Write one below `examples`: mock, samples and panel need it.';

const NO_VALUE =
  'has no example, and none can be made from its schema. Write `example`: mock, samples and panel need it.';

class ValueCheck {
  readonly #contract: Contract;
  readonly #ajv = new Ajv({ strict: false, validateSchema: false, discriminator: true, allErrors: true });
  readonly #views: Record<Direction, { components: Contract['components'] }>;
  readonly #compiled = { request: new Map<Schema, ValidateFunction>(), response: new Map<Schema, ValidateFunction>() };
  readonly #seen = new Set<object>();
  readonly #problems: Problem[] = [];

  constructor(contract: Contract) {
    this.#contract = contract;
    const components = { components: contract.components };
    this.#views = {
      request: viewOf(contract, components, 'request'),
      response: viewOf(contract, components, 'response'),
    };
    formats.default(this.#ajv);
    for (const direction of ['request', 'response'] as const)
      this.#ajv.addSchema({ $id: direction, ...this.#views[direction] });
  }

  checkAll(): Problem[] {
    this.#eachPart(
      (direction, media, keys) => this.#checkMedia(direction, media, keys),
      (direction, header, keys) => this.#checkText(direction, header, keys),
    );
    for (const [name, schema] of Object.entries(this.#contract.components?.schemas ?? {}))
      this.#checkSchema(schema, ['components', 'schemas', name]);
    return this.#problems;
  }

  complete(): Problem[] {
    this.#eachPart(
      (direction, media, keys) => this.#completeMedia(direction, media, keys),
      (_, header, keys) => this.#completeText(header, keys),
    );
    return this.#problems;
  }

  /** Calls back for each body, and for each parameter and header, once. */
  #eachPart(
    visitMedia: (direction: Direction, media: MediaType, keys: readonly string[]) => void,
    visitText: (direction: Direction, header: Header | Parameter, keys: readonly string[]) => void,
  ): void {
    const contract = this.#contract;
    const isNew = (part: object) => !this.#seen.has(part) && this.#seen.add(part);
    const visitContent = (direction: Direction, content: Record<string, MediaType> = {}, keys: readonly string[]) => {
      for (const [name, media] of Object.entries(content))
        if (isNew(media)) visitMedia(direction, media, [...keys, 'content', name]);
    };
    const visitResponse = (
      { headers = {}, content }: ReturnType<typeof responsesOf>[number]['response'],
      keys: string[],
    ) => {
      for (const [name, node] of Object.entries(headers)) {
        const header = resolve<Header>(contract, node);
        if (isNew(header)) visitText('response', header, [...keys, 'headers', name]);
      }
      visitContent('response', content, keys);
    };
    for (const { path, method, operation, parameters } of operationsOf(contract)) {
      const base = ['paths', path, method];
      for (const each of parameters) if (isNew(each)) visitText('request', each, this.#keysOf(path, method, each));
      const body = operation.requestBody && resolve<RequestBody>(contract, operation.requestBody);
      visitContent('request', body?.content, [...base, 'requestBody']);
      for (const { status, response } of responsesOf(contract, operation))
        visitResponse(response, [...base, 'responses', String(status)]);
    }
    for (const [status, response] of Object.entries(contract['x-fallback-responses'] ?? {}))
      visitResponse(resolve(contract, response), ['x-fallback-responses', status]);
  }

  /** Where a parameter is declared: for the operation, or for its path. */
  #keysOf(path: string, method: string, parameter: Parameter): readonly string[] {
    const item = resolve<Record<string, unknown>>(this.#contract, this.#contract.paths[path] ?? {});
    const lists: [unknown, string[]][] = [
      [Reflect.get(Object(item[method]), 'parameters'), ['paths', path, method, 'parameters']],
      [item.parameters, ['paths', path, 'parameters']],
    ];
    for (const [list, keys] of lists) {
      const index = Array.isArray(list)
        ? list.findIndex((each) => resolve<Parameter>(this.#contract, each) === parameter)
        : -1;
      if (index !== -1) return [...keys, String(index)];
    }
    return ['paths', path, method];
  }

  #checkMedia(direction: Direction, media: MediaType, keys: readonly string[]): void {
    this.#checkSchema(media.schema, [...keys, 'schema']);
    for (const { value, keys: at } of this.#examplesOf(media, keys)) {
      const reason = this.#explain(media.schema, value, [direction]);
      if (reason) this.#add(at, `The example breaks its schema: ${reason}. Correct the example or the schema.`);
    }
  }

  #checkText(direction: Direction, part: Header | Parameter, keys: readonly string[]): void {
    this.#checkSchema(part.schema, [...keys, 'schema']);
    for (const { value, keys: at } of this.#examplesOf(part, keys)) {
      const reason = this.#explain(part.schema, value, [direction]);
      if (reason) this.#add(at, `The example breaks its schema: ${reason}. Correct the example or the schema.`);
      const unsendable = reason ? undefined : explainUnsendable(part, value);
      if (unsendable) this.#add(at, `${unsendable} Write another one.`);
    }
  }

  #examplesOf(part: object, keys: readonly string[]): { value: unknown; keys: readonly string[] }[] {
    const { example, examples } = part as { example?: unknown; examples?: Record<string, Example> }; // Linted.
    const named = Object.entries(examples ?? {}).map(([name, each]) => ({
      value: resolve<Example>(this.#contract, each).value,
      keys: [...keys, 'examples', name],
    }));
    return 'example' in part ? [{ value: example, keys: [...keys, 'example'] }, ...named] : named;
  }

  /** Checks the values of a schema, and of all schemas within it. */
  #checkSchema(node: Schema, keys: readonly string[]): void {
    const schema = resolve<Schema>(this.#contract, node as Schema & { $ref: string }); // A reference or a schema.
    if (this.#seen.has(schema)) return;
    this.#seen.add(schema);
    const { default: preset, example, examples, enum: allowed, const: constant, ...plain } = schema;
    const check = (against: Schema, value: unknown, at: string[], what: string) => {
      const reason = value === undefined ? undefined : this.#explain(against, value, ['request', 'response']);
      if (reason) this.#add([...keys, ...at], `${what} breaks its schema: ${reason}. Correct the value or the schema.`);
    };
    check(schema, preset, ['default'], 'The default');
    check(schema, example, ['example'], 'The example');
    if (Array.isArray(examples))
      for (const [index, each] of examples.entries()) check(schema, each, ['examples', String(index)], 'The example');
    // The variants of a discriminator do not restrict the value itself.
    if (Array.isArray(allowed))
      for (const [index, each] of allowed.entries()) check(plain, each, ['enum', String(index)], 'The value');
    check(plain, constant, ['const'], 'The value');
    for (const [child, at] of childrenOf(schema)) this.#checkSchema(child, [...keys, ...at]);
  }

  #completeMedia(direction: Direction, media: MediaType, keys: readonly string[]): void {
    // An error without a type is reported on its own; one with types has an example for each.
    if (Object.keys(media.examples ?? {}).length > 0 || keys.some((key) => /^[45]\d\d$/.test(key))) return;
    const { schema } = viewOf(this.#contract, { schema: media.schema }, direction);
    const value = exampleOf({ ...this.#contract, ...this.#views[direction] }, schema);
    if (this.#explain(media.schema, value, [direction])) this.#add(keys, NO_EXAMPLE);
    else media.examples = { example: { summary: 'Made from the schema', value } };
  }

  #completeText(part: Header | Parameter, keys: readonly string[]): void {
    if (!('in' in part) && !part.required) return;
    const { example = exampleOf(this.#contract, part.schema) } = part;
    if (!this.#explain(part.schema, example, ['request', 'response']) && !explainUnsendable(part, example)) return;
    this.#add(keys, `The ${'in' in part ? 'parameter' : 'header'} ${NO_VALUE}`);
  }

  #add(keys: readonly string[], message: string): void {
    this.#problems.push({ keys, message });
  }

  /** Why a value is not valid in any of these directions; undefined if it is in one. */
  #explain(node: Schema, value: unknown, directions: Direction[]): string | undefined {
    let reason: string | undefined;
    for (const direction of directions) {
      const validate = this.#compile(node, direction);
      if (typeof validate === 'string') return validate;
      if (validate(value)) return undefined;
      reason ??= this.#ajv.errorsText(validate.errors, { dataVar: 'it' });
    }
    return reason;
  }

  /** The validator of a schema, or the reason why it cannot be compiled. */
  #compile(node: Schema, direction: Direction): ValidateFunction | string {
    const known = this.#compiled[direction].get(node);
    if (known) return known;
    const { schema } = viewOf(this.#contract, { schema: node }, direction);
    try {
      const validate = this.#ajv.compile(toAbsolute(schema, direction));
      this.#compiled[direction].set(node, validate);
      return validate;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

/** The schemas directly within one, with their keys. References are not followed. */
function childrenOf(schema: Schema): [child: Schema, keys: string[]][] {
  const isSchema = (value: unknown): value is Schema =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const single = ['items', 'additionalProperties', 'if', 'then'].map((key): [unknown, string[]] => [
    schema[key],
    [key],
  ]);
  const lists = ['allOf', 'oneOf', 'anyOf', 'properties'].flatMap((key) =>
    Object.entries(Object(schema[key])).map(([name, each]): [unknown, string[]] => [each, [key, name]]),
  );
  return [...single, ...lists].flatMap(([child, keys]): [Schema, string[]][] =>
    isSchema(child) ? [[child, keys]] : [],
  );
}

/** The values of RFC 9110, section 5.5, that `fetch` can send. */
const HEADER_VALUE = /^$|^[!-~\x80-\xFF](?:[\t -~\x80-\xFF]*[!-~\x80-\xFF])?$/;

/** Why a valid value cannot be sent unchanged. */
function explainUnsendable(part: Header | Parameter, value: unknown): string | undefined {
  const place = 'in' in part ? part.in : 'header';
  const items: unknown[] = Array.isArray(value) ? value : [value];
  if (place === 'header')
    return HEADER_VALUE.test(String(value)) ? undefined : 'The example has characters that a header cannot carry.';
  if (place === 'path' && (value === '.' || value === '..')) return `The example \`${value}\` is removed from a URL.`;
  if (items.some((item) => item === '' || item === null) || (items.length === 0 && part.required))
    return 'The example is empty, and empty values are not sent.';
  return undefined;
}

/** The schema, with references into the view of this direction. */
function toAbsolute(schema: Schema, direction: Direction): Schema {
  return JSON.parse(JSON.stringify(schema), (key, value) =>
    key === '$ref' && typeof value === 'string' && value.startsWith('#') ? `${direction}${value}` : value,
  );
}
