// Finds the line of a change in the source files of a contract.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { decodeSegment } from '../model/json-pointer.ts';

export interface Location {
  /** The path of the file, absolute or relative like the path of the contract. */
  file: string;
  line: number;
}

interface Source {
  file: string;
  document: Document;
  lines: LineCounter;
}

interface Step {
  source: Source;
  node: Node | null;
  line: number;
}

/** Longer chains of references are circular. */
const MAX_REFERENCES = 50;

/**
 * A function that finds the location of a path, across references and files. A removed part has the location of what
 * contained it.
 */
export function createLocator(contractPath: string): (path: string) => Promise<Location> {
  const sources = new Map<string, Promise<Source>>();
  const open = (file: string) => {
    const source = sources.get(file) ?? readSource(file);
    sources.set(file, source);
    return source;
  };
  return async (path) => {
    const source = await open(contractPath);
    let step: Step = { source, node: source.document.contents, line: 1 };
    for (const key of path.split('/').slice(1).map(decodeSegment)) {
      const next = descend(await follow(step, open), key);
      if (!next) break;
      step = next;
    }
    return { file: step.source.file, line: step.line };
  };
}

async function readSource(file: string): Promise<Source> {
  const lines = new LineCounter();
  return { file, lines, document: parseDocument(await readFile(file, 'utf8'), { lineCounter: lines }) };
}

async function follow(step: Step, open: (file: string) => Promise<Source>): Promise<Step> {
  let found = step;
  for (let count = 0; count < MAX_REFERENCES; count++) {
    const $ref = isMap(found.node) ? found.node.get('$ref') : undefined;
    if (typeof $ref !== 'string') return found;
    const [file = '', fragment = ''] = $ref.split('#');
    const source = file === '' ? found.source : await open(join(dirname(found.source.file), file));
    let target: Step = { source, node: source.document.contents, line: 1 };
    for (const key of fragment.split('/').slice(1).map(decodeSegment)) {
      const next = descend(await follow(target, open), key);
      if (!next) return found;
      target = next;
    }
    found = target;
  }
  return found;
}

function descend({ source, node }: Step, key: string): Step | undefined {
  const lineOf = (part: Node) => source.lines.linePos(part.range?.[0] ?? 0).line;
  const resolve = (value: unknown): Node | null => {
    const target = isAlias(value) ? value.resolve(source.document) : value;
    return isMap(target) || isSeq(target) || isScalar(target) ? target : null;
  };
  if (isSeq(node)) {
    const item = resolve(node.items[Number(key)]);
    return item ? { source, node: item, line: lineOf(item) } : undefined;
  }
  const pair = isMap(node)
    ? node.items.find((each) => isScalar(each.key) && String(each.key.value) === key)
    : undefined;
  return pair && isScalar(pair.key) ? { source, node: resolve(pair.value), line: lineOf(pair.key) } : undefined;
}
