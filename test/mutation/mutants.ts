// Mutants of a contract: in each, one constraint is removed or loosened.
import type { Contract } from '../../openapi/contract.ts';
import { escapeSegment } from '../conformance/case.ts';
import { readPointer } from '../conformance/schema.ts';

export interface Mutant {
  /** JSON Pointer to the constraint. */
  pointer: string;
  /** What was done to it. */
  change: string;
  contract: Contract;
}

/** Each mutant is made when it is asked for. */
export function* mutate(contract: Contract): Generator<Mutant> {
  for (const { pointer, change, alter } of findAlterations(contract, '', false)) {
    const copy = structuredClone(contract);
    const segments = pointer.split('/');
    const key = (segments.pop() ?? '').replaceAll('~1', '/').replaceAll('~0', '~');
    const parent = readPointer(copy, segments.join('/'));
    if (typeof parent !== 'object' || parent === null)
      throw new Error(`The contract has no object at ${segments.join('/')}.`);
    alter(parent as Record<string, unknown>, key); // An object or an array: both are changed by key.
    yield { pointer, change, contract: copy };
  }
}

interface Alteration {
  pointer: string;
  change: string;
  alter(parent: Record<string, unknown>, key: string): void;
}

/** Where no constraint stands. */
const WORDS = new Set([
  'example',
  'examples',
  'description',
  'summary',
  'info',
  'servers',
  'tags',
  'default',
  'enum',
  'required',
  'securitySchemes',
]);

function* findAlterations(node: unknown, pointer: string, isMap: boolean): Generator<Alteration> {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    const at = `${pointer}/${escapeSegment(key)}`;
    if (!isMap && !Array.isArray(node)) yield* alterationsOf(key, value, at);
    if (isMap || !WORDS.has(key)) yield* findAlterations(value, at, !isMap && MAPS.has(key));
  }
}

/** Their keys are names, not keywords. */
const MAPS = new Set([
  'properties',
  'schemas',
  'headers',
  'parameters',
  'responses',
  'content',
  'paths',
  'x-outside-operations',
]);

const remove: Alteration['alter'] = (parent, key) => {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
};

function* alterationsOf(key: string, value: unknown, pointer: string): Generator<Alteration> {
  const removed = { pointer, change: 'removed', alter: remove };
  switch (key) {
    case 'type':
    case 'format':
    case 'pattern':
    case 'const':
      if (typeof value === 'string') yield removed;
      return;
    case 'minLength':
    case 'minItems':
    case 'minimum':
    case 'maxLength':
    case 'maxItems':
    case 'maximum':
      yield removed;
      yield* loosenLimit(key, Number(value), pointer);
      return;
    case 'additionalProperties':
      if (value === false) yield removed;
      return;
    case 'enum':
      yield removed;
      yield {
        pointer,
        change: 'with one value more',
        alter: (parent, name) => (parent[name] as unknown[]).push('Mutant'),
      }; // An enum is a list.
      return;
    case 'required':
      if (value === true) yield removed;
      if (Array.isArray(value))
        yield* value.map((name, index) => ({
          pointer: `${pointer}/${index}`,
          change: `without ${name}`,
          alter: remove,
        }));
      return;
    case 'security':
      yield removed;
      return;
    case 'headers':
    case 'responses':
    case 'properties':
      // A component is no constraint: without it, what refers to it would be broken, not looser.
      if (!/^\/components\/\w+$/.test(pointer)) yield* removeEach(value, pointer);
      return;
    case 'parameters':
      if (Array.isArray(value)) yield* removeEach(value, pointer);
      return;
    case 'content':
      yield* openMediaTypes(value, pointer);
      return;
    case 'items':
      yield { pointer, change: 'of any kind', alter: (parent, name) => (parent[name] = {}) };
      return;
    default:
  }
}

function* loosenLimit(key: string, limit: number, pointer: string): Generator<Alteration> {
  const loosened = key.startsWith('min') ? limit - 1 : limit + 1;
  if (loosened >= 0)
    yield { pointer, change: `${loosened} instead of ${limit}`, alter: (parent, name) => (parent[name] = loosened) };
}

function* removeEach(value: unknown, pointer: string): Generator<Alteration> {
  for (const name of Object.keys(Object(value)))
    yield { pointer: `${pointer}/${escapeSegment(name)}`, change: 'removed', alter: remove };
}

function* openMediaTypes(value: unknown, pointer: string): Generator<Alteration> {
  for (const name of Object.keys(Object(value))) {
    yield {
      pointer: `${pointer}/${escapeSegment(name)}`,
      change: 'of any media type',
      alter: (parent, key) => {
        parent['*/*'] = parent[key];
        delete parent[key];
      },
    };
  }
}
