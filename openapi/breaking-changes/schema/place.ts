// A value of a bundled contract, with its position.
import { decodeSegment, escapeSegment } from '../../model/json-pointer.ts';

/** Longer chains of references are circular. */
const MAX_REFERENCES = 50;

export class Place {
  readonly root: object;
  readonly value: unknown;
  /** JSON Pointer to the value. */
  readonly pointer: string;
  /** The keys that lead to it from where it is used, across references. */
  readonly path: string;

  constructor(root: object, value: unknown = root, pointer = '', path = pointer) {
    this.root = root;
    this.value = value;
    this.pointer = pointer;
    this.path = path;
  }

  /** The value under a key, references followed; undefined without one. */
  at(...keys: string[]): Place | undefined {
    let found: Place | undefined = this;
    for (const key of keys) found = found?.child(key)?.follow();
    return found;
  }

  /** The value under a key, with its reference not followed. */
  child(key: string): Place | undefined {
    const value = this.get(key);
    return value === undefined ? undefined : this.with(value, key);
  }

  /** The values under all keys, references followed. */
  children(): [key: string, place: Place][] {
    return Object.keys(Object(this.value)).flatMap((key): [string, Place][] => {
      const place = this.at(key);
      return place ? [[key, place]] : [];
    });
  }

  get(key: string): unknown {
    return typeof this.value === 'object' && this.value !== null && Object.hasOwn(this.value, key)
      ? Reflect.get(this.value, key)
      : undefined;
  }

  text(key: string): string | undefined {
    const value = this.get(key);
    return typeof value === 'string' ? value : undefined;
  }

  /** Another value at the same position, or below it. */
  with(value: unknown, key?: string): Place {
    const tail = key === undefined ? '' : `/${escapeSegment(key)}`;
    return new Place(this.root, value, this.pointer + tail, this.path + tail);
  }

  /** The target of a reference, or the place itself. Undefined for one that leads nowhere. */
  follow(): Place | undefined {
    let found: Place = this;
    for (let count = 0; count < MAX_REFERENCES; count++) {
      const $ref = found.text('$ref');
      if ($ref === undefined) return found;
      let value: unknown = this.root;
      const keys = $ref.replace(/^#\/?/, '').split('/').filter(Boolean).map(decodeSegment);
      for (const key of keys) value = new Place(Object(value)).get(key);
      if (value === undefined) return undefined;
      found = new Place(this.root, value, keys.map((key) => `/${escapeSegment(key)}`).join(''), this.path);
    }
    return undefined;
  }
}
