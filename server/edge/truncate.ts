// Keeps the explanation of a refused body from taking seconds: half a million faults fit into 1 MiB, and nobody reads them all.
import type { Contract } from '../../openapi/model/contract.ts';

/** Faults that are told at most: `ErrorDetails.maxItems` of the contract. */
export const DETAILS_LIMIT = 10_001;

/** Deeper than any schema of a request looks. */
const DEPTH_LIMIT = 10;

export interface CutDown {
  value: unknown;
  /** The true size of an array or object of `value`. */
  sizeOf(part: object): number;
}

/**
 * The same value, with as many items and properties in each array and object as faults can be told. What is beyond would add none. Declared
 * properties stay wherever they are, or they would seem to be missing.
 */
export type CutDownBody = (body: unknown) => CutDown;

export function createCutDown(contract: Contract): CutDownBody {
  const declared = declaredNames(contract.components.schemas);
  return (body) => {
    const sizes = new WeakMap<object, number>();
    const cut = (value: unknown, depth: number): unknown => {
      if (typeof value !== 'object' || value === null || depth > DEPTH_LIMIT) return value;
      const [smaller, size] = Array.isArray(value) ? cutArray(value, depth) : cutObject(value, depth);
      sizes.set(smaller, size);
      return smaller;
    };
    const cutArray = (items: unknown[], depth: number): [object, size: number] => [
      items.slice(0, DETAILS_LIMIT).map((item) => cut(item, depth + 1)),
      items.length,
    ];
    const cutObject = (object: object, depth: number): [object, size: number] => {
      const names = Object.keys(object);
      const kept = names.filter((name, index) => index < DETAILS_LIMIT || declared.has(name));
      // `fromEntries` makes `__proto__` a property like any other.
      return [Object.fromEntries(kept.map((name) => [name, cut(Reflect.get(object, name), depth + 1)])), names.length];
    };
    return { value: cut(body, 0), sizeOf: (part) => sizes.get(part) ?? 0 };
  };
}

/** Every name that stands under `properties` somewhere. */
function declaredNames(schemas: unknown): Set<string> {
  const names = new Set<string>();
  JSON.stringify(schemas, (key, value) => {
    if (key === 'properties') for (const name of Object.keys(value)) names.add(name);
    return value;
  });
  return names;
}
