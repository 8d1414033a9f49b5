// Finds the violations of a body. Only those that are listed get messages; for the others, a validator that stops at
// the first error is enough.
import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { Contract, RequestBody, Schema } from '../../../openapi/model/contract.ts';
import { parseJson } from '../../text/parse-json.ts';
import type { Cut, ItemBlocks } from '../json/omitted-parts.ts';
import { cutOf } from '../json/parse.ts';
import { createOutline, type Outline } from '../json/schema-precheck.ts';
import { escapeSegment, mergeByLocation } from './describe-violation.ts';
import { type Check, createCheckCompiler, createCompiler } from './schemas.ts';
import type { ViolationList } from './violation-list.ts';

/** Adds the violations of a body, at most one for each location. Parts that the parser left out count too. */
export type ExplainBody = (body: unknown, list: ViolationList) => void;

/** The validators of a schema and of its parts, as far as its outline distinguishes them. */
interface Node {
  /** Finds all errors of the value, without those of parts that are nodes of their own. */
  explain: ValidateFunction;
  /** Whether the value has errors. */
  check: Check;
  properties?: readonly { name: string; node: Node }[] | undefined;
  items?: Node | undefined;
}

export function createExplainBody(contract: Contract, { content, required }: RequestBody): ExplainBody {
  const explainAll = createCompiler(contract, { allErrors: true, verbose: true });
  const check = createCheckCompiler(contract);
  const nodes = new Map<Schema, Node>();
  const toNode = (at: Outline): Node => {
    const known = nodes.get(at.schema);
    if (known) return known;
    const own = ownSchema(at);
    const node = {
      explain: explainAll(own),
      check: check(own),
      properties: at.object?.properties.map(({ name, outline: child }) => ({ name, node: toNode(child) })),
      items: at.items && toNode(at.items),
    };
    nodes.set(at.schema, node);
    return node;
  };
  const root = toNode(createOutline(contract, Object.values(content)[0]?.schema ?? {}));
  return (body, list) => {
    if (body !== undefined) explainValue(root, body, '', cutOf(body), list);
    else if (required) list.addMissingBody();
  };
}

/** Returns the schema without the schemas of parts that have their own outlines. The property names remain. */
function ownSchema({ schema, object, items }: Outline): Schema {
  if (object) return { ...schema, properties: Object.fromEntries(object.properties.map(({ name }) => [name, {}])) };
  if (!items) return schema;
  const { items: _, ...own } = schema;
  return own;
}

function explainValue(node: Node, value: unknown, pointer: string, cut: Cut | undefined, list: ViolationList): void {
  const isArray = Array.isArray(value);
  const own = isArray && cut ? emptyArray(cut.length) : value;
  if (!node.check(own)) addErrors(node, own, pointer, list);
  if (node.properties && typeof value === 'object' && value !== null && !isArray) {
    for (const { name, node: child } of node.properties) {
      if (!Object.hasOwn(value, name)) continue;
      explainValue(child, Reflect.get(value, name), `${pointer}/${escapeSegment(name)}`, cut?.parts.get(name), list);
    }
  }
  if (node.items && isArray) explainItems(node.items, value, pointer, cut, list);
  if (node.items && cut?.rest) explainBlocks(node.items, cut.rest, pointer, list);
  if (cut) list.count(cut.violations);
}

/** Explains blocks of items that have no parts. */
function explainBlocks(node: Node, { blocks, hasEscapedName }: ItemBlocks, pointer: string, list: ViolationList): void {
  for (const { start, text } of blocks) {
    const bytes = Buffer.from(text.buffer, text.byteOffset, text.length);
    // The text has brackets around it.
    const items = parseJson(`[${bytes.toString('utf8')}]`, hasEscapedName) as unknown[];
    for (const [index, item] of items.entries())
      if (!node.check(item)) addErrors(node, item, list.isFull ? pointer : `${pointer}/${start + index}`, list);
  }
}

function explainItems(node: Node, items: unknown[], pointer: string, cut: Cut | undefined, list: ViolationList): void {
  const hasParts = node.properties !== undefined || node.items !== undefined;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    // Most items are valid.
    if (!hasParts && node.check(item)) continue;
    // Pointers that are not listed are not built: tens of thousands would cost more to collect than to validate the
    // items.
    const location = list.isFull ? pointer : `${pointer}/${index}`;
    if (hasParts) explainValue(node, item, location, cut?.parts.get(index), list);
    else addErrors(node, item, location, list);
  }
}

/** Adds the errors of an invalid value. */
function addErrors({ explain }: Node, value: unknown, pointer: string, list: ViolationList): void {
  const hasParts = typeof value === 'object' && value !== null;
  if (list.isFull && !hasParts) {
    list.count(1);
    return;
  }
  explain(value);
  const errors = mergeByLocation(explain.errors ?? []);
  if (list.isFull) list.count(errors.size);
  else for (const [location, error] of errors) list.add(error, 'body', pointer + location);
}

/**
 * Returns an array-like value for an array with omitted items, of which only the length is validated. It allocates no
 * items.
 */
function emptyArray(length: number): unknown {
  return new Proxy([], { get: (array, key) => (key === 'length' ? length : Reflect.get(array, key)) });
}
