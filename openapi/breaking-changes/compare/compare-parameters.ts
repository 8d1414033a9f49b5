// Compares the parameters of an operation: what clients send in path, query and headers.
import { type ChangeList, capitalize, type Position } from '../schema/change.ts';
import { reportDefault } from '../schema/compare-properties.ts';
import { SchemaComparison } from '../schema/compare-schemas.ts';
import type { Place } from '../schema/place.ts';
import { shapeOf } from '../schema/shape/shape-of.ts';
import { acceptsText } from '../schema/shape/values.ts';
import { formOf, reportSerialization, schemaOf } from './serialization.ts';

interface Pair {
  before: Place;
  after: Place;
}

/** The newer name of each older path parameter. */
export function pathNames({ before, after }: Pair): Map<string, string> {
  const list = ({ path }: Place) => [...path.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name);
  const now = list(after);
  return new Map(list(before).map((name, index) => [name, now[index] ?? name]));
}

/** The parameters of the path item and of the operation, by location and name. */
export function parametersOf(operation: Place, item: Place): Map<string, Place> {
  const all = [item, operation].flatMap((place) => place.at('parameters')?.children() ?? []);
  return new Map(
    all.flatMap(([, place]): [string, Place][] => {
      const name = place.text('name') ?? '';
      const location = place.text('in') ?? '';
      // OpenAPI ignores header parameters with these names.
      if (location === 'header' && /^(accept|content-type|authorization)$/i.test(name)) return [];
      return [[`${location} ${location === 'header' ? name.toLowerCase() : name}`, place]];
    }),
  );
}

interface ParameterContext {
  position: Position;
  /** The newer name of each older path parameter. */
  names: ReadonlyMap<string, string>;
}

/** The parameters of an operation, in the form of {@link parametersOf}. */
export function compareParameters(
  changes: ChangeList,
  before: ReadonlyMap<string, Place>,
  after: ReadonlyMap<string, Place>,
  { position, names }: ParameterContext,
): void {
  const rest = new Map(after);
  for (const [key, old] of before) {
    const newKey = key.startsWith('path ') ? `path ${names.get(key.slice(5)) ?? key.slice(5)}` : key;
    const now = rest.get(newKey);
    rest.delete(newKey);
    const label = labelOf(old);
    if (now) compareParameter(changes, { before: old, after: now }, position, label);
    else {
      const message = `${label} was removed: what clients send in it is rejected or ignored.`;
      changes.breaking({ place: old, message: capitalize(message) });
    }
  }
  for (const place of rest.values()) {
    const label = labelOf(place);
    if (place.get('required') === true && position === 'request')
      changes.breaking({
        place,
        message: `Requests need ${label}, which is new.`,
        remedy: 'Make it optional, or make it in a new version.',
      });
    else changes.added({ place, message: `${capitalize(label)} is new.` });
  }
}

function compareParameter(changes: ChangeList, pair: Pair, position: Position, label: string): void {
  const [was, is] = [pair.before, pair.after].map((place) => place.get('required') === true);
  if (was !== is) {
    const what = `${capitalize(label)} is ${is ? 'required' : 'no longer required'}`;
    const place = pair.after.child('required') ?? pair.after;
    changes.values(position, is ? 'tightened' : 'loosened', place, what);
  }
  const [old, now] = [pair.before, pair.after].map(schemaOf);
  const comparison = new SchemaComparison(position, label);
  const item = old && now && position === 'request' ? itemOf(old, now, pair.after) : undefined;
  comparison.compare(old ? [old] : [], item ?? (now ? [now] : []));
  if (!was) reportDefault(comparison, label, { before: old ? [old] : [], after: now ? [now] : [] });
  changes.include(comparison.changes.changes);
  reportSerialization(changes, pair, label);
  if (position === 'request') compareEmpty(changes, pair, label);
}

/** Compares whether a parameter may be sent without a value, where the schema does not accept an empty one. */
function compareEmpty(changes: ChangeList, { before, after }: Pair, label: string): void {
  const [was, is] = [before, after].map((place) => place.get('allowEmptyValue') === true);
  const schema = schemaOf(after);
  if (was === is || after.text('in') !== 'query' || (schema && acceptsText(shapeOf([schema], 'request'), ''))) return;
  const what = `${capitalize(label)} ${is ? 'can' : 'can no longer'} be sent without a value`;
  changes.values('request', is ? 'loosened' : 'tightened', after.child('allowEmptyValue') ?? after, what);
}

/** The schemas of list items, where a list now takes the single value that clients send; undefined elsewhere. */
function itemOf(before: Place, after: Place, parameter: Place): Place[] | undefined {
  const isRepeated = formOf(parameter, 'style') === 'form' && formOf(parameter, 'explode') === 'true';
  const [old, now] = [before, after].map((place) => shapeOf([place], 'request'));
  if (!old || !now || !isRepeated || old.types.has('array') || old.types.has('object')) return undefined;
  const isList = now.types.size === 1 && now.types.has('array') && now.choices.length === 0;
  return isList && now.minItems <= 1 && now.maxItems >= 1 ? now.items : undefined;
}

function labelOf(place: Place): string {
  const location = place.text('in');
  return `the ${location === 'header' ? 'request header' : `${location} parameter`} \`${place.text('name')}\``;
}
