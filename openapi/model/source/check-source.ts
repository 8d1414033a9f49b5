// Checks a file before it is read as OpenAPI: its YAML or JSON must mean the same to every parser.
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
} from 'yaml';

/** A position in a file. Line and column begin with 1. */
export interface Position {
  line: number;
  column: number;
  /** JSON Pointer. */
  pointer: string;
}

type Problem = Position & { message: string };

/**
 * Names that every JavaScript object inherits. Readers of OpenAPI look names up in plain objects, and use what they
 * find.
 */
const RESERVED = new Set(Object.getOwnPropertyNames(Object.prototype));

/** These two names do no harm in data. */
const HARMLESS = new Set(['constructor', 'toString']);

/** Segments of a pointer that lead to data. */
const DATA = /\/(x-[^/]*|example|examples|value|default|const|enum)\//;

/** The most values of a document, with all aliases replaced by their targets. A walk takes about 10 µs for each. */
const MAX_NODES = 200_000;

const MAX_DEPTH = 200;

/**
 * The problems of a file; empty when it can be read. The root document must be OpenAPI 3.1, other files may have any
 * content.
 */
export function checkSource(text: string, isRoot: boolean): Problem[] {
  const lines = new LineCounter();
  const at = (offset: number, pointer: string): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col, pointer };
  };
  const depth = nestingOf(text);
  if (depth > MAX_DEPTH)
    return [{ ...START, message: `The file is nested in ${depth} levels, more than ${MAX_DEPTH}. Use references.` }];
  // Scalars keep their text, and aliases are not resolved yet.
  const parsed = parseAllDocuments(text, { lineCounter: lines, merge: true, uniqueKeys: true });
  const [document, second] = Array.isArray(parsed) ? parsed : [];
  const [error] = document?.errors ?? [];
  if (error) {
    const [reason = ''] = error.message.split(/ at line \d+/);
    return [{ ...at(error.pos[0], ''), message: `${reason.replace(/\.?$/, '.')} Correct the syntax of YAML.` }];
  }
  if (second)
    return [
      { ...at(second.range[0], ''), message: 'The file has several YAML documents. Keep one, without `---` below it.' },
    ];
  if (!document?.contents || isNull(document.contents)) {
    if (!isRoot) return [];
    return [{ ...at(0, ''), message: 'The document is empty. Write an object with `openapi`, `info` and `paths`.' }];
  }
  const problems = new NodeCheck(document, at).check(document.contents);
  return problems.length > 0 || !isRoot ? problems : checkVersion(document.contents, at);
}

/** How deeply brackets are nested, or lines are indented: a parser would run out of stack. */
function nestingOf(text: string): number {
  let [depth, most] = [0, 0];
  for (const line of text.split('\n')) {
    most = Math.max(most, (/^(?: |- )*/.exec(line)?.[0].length ?? 0) / 2);
    for (const character of line) {
      if (character === '[' || character === '{') depth += 1;
      else if ((character === ']' || character === '}') && depth > 0) depth -= 1;
      most = Math.max(most, depth);
    }
  }
  return Math.ceil(most);
}

function isReserved(name: string, pointer: string): boolean {
  return RESERVED.has(name) && !(HARMLESS.has(name) && DATA.test(pointer));
}

function isNull(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}

const START: Position = { line: 1, column: 1, pointer: '' };

type At = (offset: number, pointer: string) => Position;

class NodeCheck {
  readonly #document: Document;
  readonly #at: At;
  readonly #problems: Problem[] = [];
  /** The nodes of each value with all its aliases replaced. */
  readonly #sizes = new Map<Node, number>();

  constructor(document: Document, at: At) {
    this.#document = document;
    this.#at = at;
  }

  check(root: Node): Problem[] {
    if (this.#visit(root, '', []) > MAX_NODES && this.#problems.length === 0)
      this.#reject(root, '', `With its aliases, the file has more than ${MAX_NODES} values. Use references.`);
    return this.#problems;
  }

  #reject(node: unknown, pointer: string, message: string): void {
    const range = isPair(node) ? undefined : (node as Node | undefined)?.range; // A pair has no range of its own.
    this.#problems.push({ ...this.#at(range?.[0] ?? 0, pointer), message });
  }

  #visit(node: unknown, pointer: string, above: readonly Node[]): number {
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      if (target && above.includes(target)) {
        this.#reject(node, pointer, `The alias \`*${node.source}\` stands within its own anchor. Write a reference.`);
        return 1;
      }
      if (!target) this.#reject(node, pointer, `The alias \`*${node.source}\` has no anchor. Write its value.`);
      return target ? (this.#sizes.get(target) ?? 1) : 1;
    }
    if (isScalar(node)) this.#checkScalar(node, pointer);
    if (!isCollection(node)) return 1;
    this.#checkTag(node, pointer);
    let size = 1;
    for (const [index, item] of node.items.entries()) {
      const key = isPair(item) ? item.key : index;
      const child = `${pointer}/${String(isScalar(key) ? key.value : key)
        .replaceAll('~', '~0')
        .replaceAll('/', '~1')}`;
      if (isPair(item)) this.#checkKey(item.key, pointer, child);
      size += this.#visit(isPair(item) ? item.value : item, child, [...above, node]);
    }
    this.#sizes.set(node, size);
    return size;
  }

  #checkKey(key: unknown, parent: string, pointer: string): void {
    if (!isScalar(key) || key.value === null)
      this.#reject(key, parent, 'A key of an object must be text. Write it in quotes.');
    else if (isReserved(String(key.value), pointer))
      this.#reject(
        key,
        pointer,
        `The name \`${key.value}\` has a meaning of its own in JavaScript. Choose another name.`,
      );
  }

  #checkScalar(node: Scalar, pointer: string): void {
    this.#checkTag(node, pointer);
    const { value, source = '' } = node;
    if (typeof value === 'bigint' || typeof value !== 'number') return;
    if (!Number.isFinite(value)) this.#reject(node, pointer, `JSON has no number \`${source}\`. Leave it out.`);
    else if (!isExact(value, source))
      this.#reject(
        node,
        pointer,
        `The number \`${source}\` loses digits: JSON numbers are exact within ±2^53 and to 15 digits. ` +
          'Write a smaller one, or use a string.',
      );
  }

  #checkTag(node: Node, pointer: string): void {
    const { tag } = node;
    if (tag === undefined || CORE_TAGS.has(tag)) return;
    this.#reject(node, pointer, `The tag \`${tag.replace(CORE, '!!')}\` is not one of JSON. Remove it.`);
  }
}

const CORE = 'tag:yaml.org,2002:';
const CORE_TAGS = new Set(['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `${CORE}${name}`));

/** Whether a number is what its text says. Every integer within ±(2^53 - 1) is. */
function isExact(value: number, source: string): boolean {
  if (Number.isInteger(value)) return Number.isSafeInteger(value);
  return digitsOf(source) === '' || digitsOf(source).length <= 15 || digitsOf(String(value)) === digitsOf(source);
}

/** The significant digits of a decimal number. */
function digitsOf(source: string): string {
  if (!/^[-+]?[\d.]+(e[-+]?\d+)?$/i.test(source)) return '';
  return source
    .replace(/e.*$/i, '')
    .replace(/[-+.]/g, '')
    .replace(/^0+|0+$/g, '');
}

function checkVersion(root: Node, at: At): Problem[] {
  if (!isMap(root)) {
    const position = at(root.range?.[0] ?? 0, '');
    return [{ ...position, message: 'The document is no object. Write one with `openapi`, `info` and `paths`.' }];
  }
  const pair = root.items.find(({ key }) => isScalar(key) && (key.value === 'openapi' || key.value === 'swagger'));
  if (!pair || !isScalar(pair.key))
    return [{ ...at(root.range?.[0] ?? 0, ''), message: 'The document has no version. Write `openapi: 3.1.1`.' }];
  const position = at(pair.key.range?.[0] ?? 0, `/${pair.key.value}`);
  const version: unknown = isScalar(pair.value) ? pair.value.value : undefined;
  if (pair.key.value === 'openapi' && typeof version === 'string' && /^3\.1\.\d+$/.test(version)) return [];
  const name = isScalar(pair.value) ? String(pair.value.source ?? version) : 'of this form';
  const remedy = version === 3.1 ? 'Write `openapi: 3.1.1`.' : 'Convert the document to OpenAPI 3.1.';
  return [{ ...position, message: `OpenAPI ${name} is not supported. ${remedy}` }];
}
