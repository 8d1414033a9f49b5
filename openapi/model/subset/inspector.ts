// Walks a contract in its source files: each location has its own file and pointer, also across references.
import type { Source } from '@redocly/openapi-core';

/** A position in a source file, as `@redocly/openapi-core` describes it. */
export interface SourceLocation {
  /** File and pointer in one text. */
  absolutePointer: string;
  source: Source;
  pointer: string;
  child(keys: (string | number)[]): SourceLocation;
  /** The location of the key instead of the value. */
  key(): SourceLocation;
}

/** A value of the contract with its position. */
export interface Place {
  node: unknown;
  location: SourceLocation;
}

/** Finds the target of a reference in the file `from`. */
export type ResolveReference = (
  node: { $ref: string },
  from: string,
) => {
  node?: unknown;
  location?: SourceLocation | undefined;
};

export type Report = (problem: { message: string; location: SourceLocation }) => void;

/** Longer chains of references are circular. */
const MAX_REFERENCES = 100;

/** Reads places, and rejects what is not supported. Each reason is reported once for a place. */
export class Inspector {
  readonly #resolve: ResolveReference;
  readonly #report: Report;
  readonly #rejected = new Set<string>();

  constructor(resolve: ResolveReference, report: Report) {
    this.#resolve = resolve;
    this.#report = report;
  }

  /** `reason` says what is not supported, `remedy` what to write instead. Both are whole sentences. */
  reject({ location }: Place, reason: string, remedy: string): void {
    const message = `${reason} ${remedy}`;
    const key = `${location.absolutePointer} ${message}`;
    if (this.#rejected.has(key)) return;
    this.#rejected.add(key);
    // Reports the line of the key, because readers look for the name.
    this.#report({ message, location: location.pointer === '#/' ? location : location.key() });
  }

  /** The value under these keys, with references followed; undefined if there is none. */
  at(place: Place, ...keys: string[]): Place | undefined {
    let found: Place | undefined = place;
    for (const key of keys) {
      const value: unknown = found && fieldOf(found.node, key);
      if (!found || value === undefined) return undefined;
      found = this.follow({ node: value, location: found.location.child([key]) });
    }
    return found;
  }

  /** The values of an object or a list, by key, with references followed. */
  children(place: Place | undefined): [key: string, place: Place][] {
    if (!place || typeof place.node !== 'object' || place.node === null) return [];
    return Object.keys(place.node).flatMap((key): [string, Place][] => {
      const child = this.at(place, key);
      return child ? [[key, child]] : [];
    });
  }

  /** The target of a reference, or the place itself. Undefined for a reference that is circular or leads nowhere. */
  follow(place: Place): Place | undefined {
    let found = place;
    for (let count = 0; count < MAX_REFERENCES; count++) {
      const { node, location } = found;
      const $ref = fieldOf(node, '$ref');
      if ($ref !== undefined && typeof $ref !== 'string')
        this.reject(found, 'A reference must be a text.', 'Write `$ref` with the address of its target.');
      if (typeof $ref !== 'string') return found;
      this.#checkSiblings(found);
      const target = this.#resolve({ $ref }, location.source.absoluteRef);
      if (target.location === undefined || target.node === undefined) return undefined;
      found = { node: target.node, location: target.location };
    }
    return undefined;
  }

  #checkSiblings(place: Place): void {
    const other = Object.keys(Object(place.node)).find((key) => !DESCRIPTIONS.includes(key) && !key.startsWith('x-'));
    if (other === undefined) return;
    this.reject(
      place,
      `\`${other}\` beside a reference is not supported.`,
      'Write `allOf` with the reference and a schema of its own, or change the target.',
    );
  }
}

/** Fields beside a reference that describe, and restrict nothing. */
const DESCRIPTIONS = ['$ref', 'summary', 'description', 'title', 'deprecated', 'example', 'examples', '$comment'];

/** A field of an object; undefined for any other value. */
export function fieldOf(node: unknown, key: string): unknown {
  return typeof node === 'object' && node !== null && Object.hasOwn(node, key) ? Reflect.get(node, key) : undefined;
}

/** The text of a field; undefined if it is none. */
export function textOf(node: unknown, key: string): string | undefined {
  const value = fieldOf(node, key);
  return typeof value === 'string' ? value : undefined;
}

/** Names that every JavaScript object has, so that they cannot be looked up safely. */
export function isInherited(name: string): boolean {
  return name in Object.prototype;
}
