// Types for the properties that a conversion returns beyond its type. TypeScript allows them, because types are open,
// and clients would get them.
import type { NamesOf, Segment } from './pointer-types.ts';

/** Pointers to the properties of `Actual` that `Expected` does not declare, at most eight levels down. */
export type SurplusPointer<Expected, Actual, Above extends unknown[] = []> = Above['length'] extends 8
  ? never
  : Actual extends readonly (infer Item)[]
    ? SurplusWithin<'*', ItemOf<Expected>, Item, Above>
    : Actual extends object
      ? {
          [K in NamesOf<Actual>]: K extends KeyOf<Expected>
            ? SurplusWithin<Segment<K>, ValueOf<Expected, K>, Actual[K & keyof Actual], Above>
            : `/${Segment<K>}`;
        }[NamesOf<Actual>]
      : never;

/** The surplus pointers within a property. A value of unknown type may contain anything. */
type SurplusWithin<Name extends string, Expected, Actual, Above extends unknown[]> = unknown extends Expected
  ? never
  : `/${Name}${SurplusPointer<Expected, Actual, [...Above, Actual]>}`;

/** The property names of all members of a union. */
type KeyOf<T> = T extends object ? keyof T : never;

type ValueOf<T, K> = T extends object ? (K extends keyof T ? T[K] : never) : never;

type ItemOf<T> = T extends readonly (infer Item)[] ? Item : never;
