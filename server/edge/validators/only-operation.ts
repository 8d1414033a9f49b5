// Reduces a contract to one operation, so that the time to compile its validators does not grow with the other
// operations.

import { type Contract, type OperationEntry, resolve } from '../../../openapi/model/contract.ts';
import { decodeSegment } from '../../../openapi/model/json-pointer.ts';

/** Returns a copy of the contract with only this operation and everything that it references. */
export function onlyOperation(contract: Contract, { path, method }: OperationEntry): Contract {
  const item = resolve<Record<string, unknown>>(contract, contract.paths[path] ?? {});
  const document: Contract = {
    ...contract,
    paths: {
      [path]: { [method]: item[method], ...(item.parameters !== undefined && { parameters: item.parameters }) },
    },
    components: { schemas: {} },
  };
  addReferenced(contract, document, document.paths);
  return structuredClone(document);
}

/** The length of `#/components/SECTION/NAME` and `#/paths/PATH/METHOD`. Longer pointers lead into one of those. */
const POINTER_DEPTH = 3;

function addReferenced(contract: Contract, document: Contract, part: unknown): void {
  JSON.stringify(part, (key, value) => {
    if (key === '$ref' && typeof value === 'string' && value.startsWith('#/')) addTarget(contract, document, value);
    return value;
  });
}

function addTarget(contract: Contract, document: Contract, pointer: string): void {
  const keys = pointer
    .split('/')
    .slice(1, 1 + POINTER_DEPTH)
    .map(decodeSegment);
  const target = valueAt(contract, keys);
  // A dangling reference is reported when it is compiled.
  if (target === undefined || valueAt(document, keys) !== undefined) return;
  const last = keys.pop() ?? '';
  let parent: object = document;
  for (const key of keys) {
    if (!Object.hasOwn(parent, key)) Reflect.set(parent, key, {});
    parent = Reflect.get(parent, key);
  }
  Reflect.set(parent, last, target);
  addReferenced(contract, document, target);
}

function valueAt(document: object, keys: string[]): unknown {
  return keys.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value ? Reflect.get(value, key) : undefined),
    document,
  );
}
