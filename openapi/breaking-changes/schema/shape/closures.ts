// Resolves `additionalProperties` and `unevaluatedProperties`, the schemas of unnamed properties. Each part of `allOf`
// knows its own names only, so that it may forbid those of another part.
import type { Place } from '../place.ts';

export interface Closure {
  names: ReadonlySet<string>;
  patterns: readonly RegExp[];
  /** The schema of all other properties; `false` if none are allowed. */
  others: Place | false;
}

/**
 * The closure of a schema with this keyword, whose value is `place`. Undefined when the named properties depend on the
 * value.
 */
export function closureOf(schema: Place, keyword: string, place: Place): Closure | undefined {
  const named = { names: new Set<string>(), patterns: new Set<string>() };
  const isKnown = collect(schema, named, keyword === 'unevaluatedProperties' ? PARTS : [], new Set());
  if (!isKnown) return undefined;
  const patterns = [...named.patterns].map((each) => new RegExp(each, 'u'));
  return { names: named.names, patterns, others: place.value === false ? false : place };
}

/**
 * Removes properties that another part forbids, and applies its schema to the others. Required properties stay
 * required.
 */
export function applyClosures(closures: readonly Closure[], properties: Map<string, Place[]>): void {
  for (const { names, patterns, others } of closures)
    for (const [name, places] of properties) {
      if (names.has(name) || patterns.some((each) => each.test(name))) continue;
      if (others === false) properties.delete(name);
      else if (!places.includes(others)) properties.set(name, [...places, others]);
    }
}

/** Keywords with schemas whose properties count as evaluated. */
const PARTS = ['allOf', 'anyOf', 'oneOf', 'if', 'then', 'else', 'dependentSchemas'];

interface Named {
  names: Set<string>;
  patterns: Set<string>;
}

/** Collects the names in the schema and its parts. Returns false when these are not all evaluated names. */
function collect(schema: Place, named: Named, parts: readonly string[], seen: Set<string>): boolean {
  if (seen.has(schema.pointer)) return true;
  seen.add(schema.pointer);
  for (const name of keysOf(schema, 'properties')) named.names.add(name);
  for (const pattern of keysOf(schema, 'patternProperties')) named.patterns.add(pattern);
  if (parts.length === 0) return true;
  const evaluating = seen.size > 1 ? ['additionalProperties', 'unevaluatedProperties'] : ['additionalProperties'];
  if (evaluating.some((keyword) => schema.get(keyword) !== undefined)) return false;
  const target = schema.follow();
  const below = parts.flatMap((keyword) => {
    const part = schema.child(keyword);
    if (!part) return [];
    return ['if', 'then', 'else'].includes(keyword)
      ? [part]
      : Object.keys(Object(part.value)).flatMap((key) => part.child(key) ?? []);
  });
  return [...below, ...(target ? [target] : [])].every((part) => collect(part, named, parts, seen));
}

function keysOf(schema: Place, keyword: string): string[] {
  return Object.keys(Object(schema.get(keyword)));
}
