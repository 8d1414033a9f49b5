// Finds parts that cannot have changed, so that only the others are compared.
import { Place } from './place.ts';

type Touched = ReadonlySet<string>;

const known = new WeakMap<object, WeakMap<object, Touched>>();

/** Whether two values are written the same, and so is everything that they refer to. */
export function isSame(before: Place, after: Place): boolean {
  if (before.value === after.value && before.root === after.root) return true;
  const text = JSON.stringify(before.value);
  if (text !== JSON.stringify(after.value)) return false;
  const touched = touchedOf(before.root, after.root);
  return referencesIn(text).every((reference) => isComponent(reference) && !touched.has(reference));
}

/** Like `isSame`, for a value that may be missing. */
export function isSameAs(before: Place, after: Place | undefined): boolean {
  return after !== undefined && isSame(before, after);
}

/** References to components that differ, or that refer to one that does. */
function touchedOf(before: object, after: object): Touched {
  const found = known.get(before)?.get(after);
  if (found) return found;
  const [old, now] = [before, after].map(textsOf);
  const texts = new Map(now);
  const touched = new Set([...texts.keys()].filter((reference) => old?.get(reference) !== texts.get(reference)));
  for (let size = -1; size !== touched.size; ) {
    size = touched.size;
    for (const [reference, text] of texts)
      if (referencesIn(text).some((each) => touched.has(each) || !isComponent(each))) touched.add(reference);
  }
  const byRevision = known.get(before) ?? new WeakMap<object, Touched>();
  known.set(before, byRevision.set(after, touched));
  return touched;
}

function textsOf(root: object): Map<string, string> {
  const sections = new Place(root).child('components');
  return new Map(
    Object.entries(Object(sections?.value)).flatMap(([section, named]) =>
      Object.entries(Object(named)).map(([name, value]) => [`#/components/${section}/${name}`, JSON.stringify(value)]),
    ),
  );
}

function referencesIn(text: string): string[] {
  return [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, reference = '']) => reference);
}

/** A component as a whole. */
function isComponent(reference: string): boolean {
  return /^#\/components\/[^/]+\/[^/]+$/.test(reference);
}
