// Compares how values are written in parameters and headers.
import type { ChangeList } from '../schema/change.ts';
import type { Place } from '../schema/place.ts';

interface Pair {
  before: Place;
  after: Place;
}

/** Reports values whose serialization has changed. */
export function reportSerialization(changes: ChangeList, pair: Pair, label: string): void {
  const isOfStyle = formOf(pair.before, 'style') === formOf(pair.after, 'style');
  const fields = ['style', 'allowReserved', 'content', ...(isOfStyle ? (['explode'] as const) : [])] as const;
  for (const field of fields) {
    const [before, after] = [pair.before, pair.after].map((place) => formOf(place, field));
    // `explode` does not change how a single value is written.
    if (before === after || (field === 'explode' && (before === undefined || after === undefined))) continue;
    const what = `\`${field}\` of ${label} changed from \`${before}\` to \`${after}\``;
    const message = `${what}: it is written in another way.`;
    changes.breaking({ place: pair.after.child(field) ?? pair.after, message });
  }
}

/** How a parameter or header is written. `explode` has no effect on a single value, nor on a list in `simple` style. */
export function formOf(place: Place, field: 'style' | 'explode' | 'allowReserved' | 'content'): string | undefined {
  const isQuery = place.text('in') === 'query' || place.text('in') === 'cookie';
  if (field === 'content') return Object.keys(Object(place.at('content')?.value)).join() || undefined;
  if (field === 'style') return place.text('style') ?? (isQuery ? 'form' : 'simple');
  if (field === 'allowReserved') return String(place.get('allowReserved') === true);
  const types = [schemaOf(place)?.follow()?.get('type')].flat();
  const isList = types.includes('array') && formOf(place, 'style') !== 'simple';
  if (!isList && !types.some((type) => type === undefined || type === 'object')) return undefined;
  return String(place.get('explode') ?? formOf(place, 'style') === 'form');
}

/** The schema of a parameter or header. */
export function schemaOf(place: Place): Place | undefined {
  return place.child('schema') ?? place.at('content')?.children()[0]?.[1].child('schema');
}
