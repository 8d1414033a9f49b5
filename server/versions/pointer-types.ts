// The JSON Pointers of a request as types, so that a missing or misspelled one in a module does not compile.

/** The maximum depth. Deeper places, and those of recursive types, are not checked. */
type Depth = 8;

/** The types of values without places of their own. */
type Leaf = string | number | bigint | boolean | symbol | undefined | null | ((...parameters: never) => unknown);

/** The names that a type declares, without an index signature. */
export type NamesOf<T> = keyof { [K in keyof T as string extends K ? never : number extends K ? never : K]: 0 } &
  string;

/** A name as a segment of a JSON Pointer (RFC 6901). */
export type Segment<Name extends string> = Replace<Replace<Name, '~', '~0'>, '/', '~1'>;

type Replace<
  Text extends string,
  Old extends string,
  New extends string,
> = Text extends `${infer Head}${Old}${infer Tail}` ? `${Head}${New}${Replace<Tail, Old, New>}` : Text;

/** Whether two types are identical. A type with an additional optional property is assignable, but not identical. */
export type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;

/** Whether the places of `T` are left out, because it is too deep or recursive. */
type IsTooDeep<T, Above extends unknown[]> = Above['length'] extends Depth ? true : IsWithin<T, Above>;

type IsWithin<T, Above extends unknown[]> = Above extends [infer First, ...infer Rest]
  ? Same<T, First> extends true
    ? true
    : IsWithin<T, Rest>
  : false;

/**
 * Pointers to all places of a value, including the whole value: `''`. In arrays they have an index, or `*` for any: an
 * array of objects has `/items/0`, `/items/*` and `/items/*` + `/name`. Pointers do not lead into maps.
 */
export type PointerTo<T, Above extends unknown[] = []> = '' | PointerBelow<T, Above>;

type PointerBelow<T, Above extends unknown[]> = T extends Leaf
  ? never
  : IsTooDeep<T, Above> extends true
    ? never
    : T extends readonly (infer Item)[]
      ? `/${number | '*'}${PointerTo<Item, [...Above, T]>}`
      : { [K in NamesOf<T>]: `/${Segment<K>}${PointerTo<T[K & keyof T], [...Above, T]>}` }[NamesOf<T>];

/**
 * The places of `Newer` without a counterpart in the older value: neither the same place, nor one in an entry of
 * `Moved` for it or for a place around it. `Known` are the pointers of the older value.
 */
export type UnmovedPointer<
  Newer,
  Known extends string,
  Moved,
  At extends string = '',
  To extends string = '',
  Above extends unknown[] = [],
> = Newer extends Leaf
  ? never
  : IsTooDeep<Newer, Above> extends true
    ? never
    : Newer extends readonly (infer Item)[]
      ? UnmovedWithin<Item, Known, Moved, `${At}/*`, `${To}/*`, [...Above, Newer]>
      : {
          [K in NamesOf<Newer>]: UnmovedWithin<
            Newer[K & keyof Newer],
            Known,
            Moved,
            `${At}/${Segment<K>}`,
            `${To}/${Segment<K>}`,
            [...Above, Newer]
          >;
        }[NamesOf<Newer>];

/** The pointers that no entry moves. Those below such a pointer are left out. */
type UnmovedWithin<
  Newer,
  Known extends string,
  Moved,
  At extends string,
  To extends string,
  Above extends unknown[],
> = At extends keyof Moved
  ? UnmovedPointer<Newer, Known, Moved, At, Moved[At] & string, Above>
  : To extends Known
    ? UnmovedPointer<Newer, Known, Moved, At, To, Above>
    : At;
