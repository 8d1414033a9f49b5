// Compares bodies in each media type.
import { type ChangeList, capitalize, type Position } from '../schema/change.ts';
import { SchemaComparison } from '../schema/compare-schemas.ts';
import type { Place } from '../schema/place.ts';
import { bare } from '../schema/text.ts';

interface Pair {
  before: Place;
  after: Place;
}

/** Compares the bodies in each media type. The most specific range that covers a type matches it. */
export function compareContents(changes: ChangeList, { before, after }: Pair, position: Position, label: string): void {
  const [old, now] = [mediaTypesOf(before), mediaTypesOf(after)];
  for (const [type, media] of old) {
    const next = find(now, type);
    if (!next) {
      const message = `${capitalize(label)} is no longer sent as ${type}.`;
      changes.breaking({ place: media, message });
      continue;
    }
    const [schemas, nextSchemas] = [media, next].map((each) => each.child('schema') ?? []).map((each) => [each].flat());
    const comparison = new SchemaComparison(position, label);
    comparison.compare(schemas ?? [], nextSchemas ?? []);
    changes.include(comparison.changes.changes);
    const [encoding, nextEncoding] = [media, next].map((each) => bare(each.get('encoding')));
    if (encoding !== nextEncoding)
      changes.breaking({ place: next, message: `The encoding of ${label} in ${type} has changed.` });
  }
  for (const [type, place] of now) {
    if (find(old, type)) continue;
    if (position === 'request') changes.added({ place, message: `${capitalize(label)} can be sent as ${type}.` });
    else
      changes.breaking({
        place,
        message: `${capitalize(label)} can be ${type}, which clients do not expect.`,
        remedy: 'Keep to the media types that clients know, or make it in a new version.',
      });
  }
}

function mediaTypesOf(place: Place): Map<string, Place> {
  const entries = place.at('content')?.children() ?? [];
  return new Map(entries.map(([type, media]) => [type.toLowerCase().replaceAll(/\s/g, ''), media]));
}

function find(types: Map<string, Place>, type: string): Place | undefined {
  // Parameters such as `charset` are not compared.
  const essence = (each: string) => each.split(';')[0];
  const same = [...types].find(([each]) => essence(each) === essence(type))?.[1];
  return types.get(type) ?? same ?? types.get(`${type.split('/')[0]}/*`) ?? types.get('*/*');
}
