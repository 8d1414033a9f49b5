// The JSON Pointers of a request as types, so that a forgotten or misspelt one in a module does not compile.

/** Nested further, or within themselves, places are not checked. */
type Depth = 8;

/** What has no places of its own. */
type Leaf = string | number | bigint | boolean | symbol | undefined | null | ((...parameters: never) => unknown);

/** Names that a type declares: those of an index signature are any. */
export type NamesOf<T> = keyof { [K in keyof T as string extends K ? never : number extends K ? never : K]: 0 } &
  string;

/** A name as a segment of a JSON Pointer (RFC 6901). */
export type Segment<Name extends string> = Replace<Replace<Name, '~', '~0'>, '/', '~1'>;

type Replace<
  Text extends string,
  Old extends string,
  New extends string,
> = Text extends `${infer Head}${Old}${infer Tail}` ? `${Head}${New}${Replace<Tail, Old, New>}` : Text;

/** Whether two types are identical: one that has a further optional property is assignable, but another type. */
export type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;

/** Whether the places of `T` are left out, for it is nested too far or within itself. */
type IsTooDeep<T, Above extends unknown[]> = Above['length'] extends Depth ? true : IsWithin<T, Above>;

type IsWithin<T, Above extends unknown[]> = Above extends [infer First, ...infer Rest]
  ? Same<T, First> extends true
    ? true
    : IsWithin<T, Rest>
  : false;

/**
 * Pointers to all places of a value, the whole of it included: `''`. In arrays they have an index, or `*` for any: an
 * array of objects has `/items/0`, `/items/*` and `/items/*` + `/name`. Those of a map end with the map.
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
 * Places of `Newer` that have none in the older value: neither the same one, nor one that an entry of `Moved` names for
 * it or for what it is within. `Known` are the pointers of the older value.
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

/** The pointers that no step moves. Below a place that has none, they are left out. */
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
