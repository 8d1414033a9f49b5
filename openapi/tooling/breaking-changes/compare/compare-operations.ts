// Compares operations: what clients send to them, and what they get back.
import { type ChangeList, capitalize, type Position } from '../schema/change.ts';
import { reportDefault } from '../schema/compare-properties.ts';
import { SchemaComparison } from '../schema/compare-schemas.ts';
import type { Place } from '../schema/place.ts';
import { isSame } from '../schema/sameness.ts';
import { shapeOf } from '../schema/shape.ts';
import { compareContents } from './compare-contents.ts';
import { reportShadows } from './compare-paths.ts';
import { compareResponses } from './compare-responses.ts';
import { compareSecurity } from './compare-security.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** Who sends the requests: clients, or the service itself to a webhook of theirs. */
export type Sender = 'client' | 'service';

interface Pair {
  before: Place;
  after: Place;
}

/** The lists that changes go to. */
interface Lists {
  changes: ChangeList;
  /** No version can convert them. */
  shared: ChangeList;
}

/**
 * The operations of two documents. A new version can convert requests and responses; operations that are no more, and
 * other credentials, are the same for all versions.
 */
export function compareOperations(changes: ChangeList, shared: ChangeList, { before, after }: Pair): void {
  const lists = { changes, shared };
  comparePathItems(lists, before.at('paths'), after.at('paths'), 'client');
  comparePathItems(lists, before.at('webhooks'), after.at('webhooks'), 'service');
}

function comparePathItems(lists: Lists, before: Place | undefined, after: Place | undefined, sender: Sender): void {
  const itemsAfter = new Map(after?.children().map(([path, place]) => [withoutNames(path), place]));
  const itemsBefore = new Map(before?.children().map(([path, place]) => [withoutNames(path), place]));
  for (const [path, old] of before?.children() ?? []) {
    const now = itemsAfter.get(withoutNames(path));
    for (const method of METHODS) {
      const [operation, next] = [old.at(method), now?.at(method)];
      const name = nameOf(path, method, sender);
      if (operation && !next) lists.shared.breaking({ place: now ? operation : old, message: `${name} was removed.` });
      if (!operation || !next || !now) continue;
      compareOperation(lists, { before: operation, after: next }, { before: old, after: now }, sender);
    }
  }
  const older = sender === 'client' ? listOperations(before) : [];
  for (const [path, now] of after?.children() ?? []) {
    if (!itemsBefore.has(withoutNames(path))) reportShadows(lists.shared, path, now, older);
    for (const method of METHODS) {
      const place = now.at(method);
      if (!place || itemsBefore.get(withoutNames(path))?.at(method)) continue;
      lists.changes.added({ place, message: `${nameOf(path, method, sender)} is new.` });
    }
  }
}

/** Those whose paths have parameters, with the schemas of these. */
function listOperations(paths: Place | undefined) {
  const items = (paths?.children() ?? []).filter(([path]) => path.includes('{'));
  return items.flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item.at(method);
      if (!operation) return [];
      const inPath = [...parametersOf(operation, item).values()].filter((place) => place.text('in') === 'path');
      const parameters = new Map(inPath.map((place) => [place.text('name') ?? '', schemaOf(place)]));
      return [{ name: nameOf(path, method, 'client'), path, parameters }];
    }),
  );
}

function nameOf(path: string, method: string, sender: Sender): string {
  return sender === 'client' ? `${method.toUpperCase()} ${path}` : `The webhook or callback \`${path}\``;
}

/** Clients do not see the names of path parameters. */
function withoutNames(path: string): string {
  return path.replaceAll(/\{[^}]*\}/g, '{}');
}

function compareOperation(lists: Lists, pair: Pair, items: Pair, sender: Sender): void {
  const { changes, shared } = lists;
  if (sender === 'client') compareSecurity(shared, pair);
  // Most operations have not changed.
  if (isSame(pair.before, pair.after) && isSame(items.before, items.after)) return;
  const sent: Position = sender === 'client' ? 'request' : 'response';
  const names = pathNames(items);
  compareParameters(changes, parametersOf(pair.before, items.before), parametersOf(pair.after, items.after), {
    sent,
    names,
    place: pair.after,
  });
  compareBodies(changes, pair, sent);
  compareResponses(changes, pair, sent === 'request' ? 'response' : 'request');
  const [old, now] = [pair.before.at('callbacks'), pair.after.at('callbacks')];
  const callbacks = new Map(now?.children());
  for (const [name, callback] of old?.children() ?? [])
    comparePathItems(lists, callback, callbacks.get(name), 'service');
  for (const [name, callback] of callbacks) if (!old?.at(name)) comparePathItems(lists, undefined, callback, 'service');
}

/** The newer name of each older path parameter. */
function pathNames({ before, after }: Pair): Map<string, string> {
  const list = ({ path }: Place) => [...path.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name);
  const now = list(after);
  return new Map(list(before).map((name, index) => [name, now[index] ?? name]));
}

/** Those of the path item and of the operation, by location and name. */
function parametersOf(operation: Place, item: Place): Map<string, Place> {
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
  sent: Position;
  names: Map<string, string>;
  place: Place;
}

function compareParameters(
  changes: ChangeList,
  before: Map<string, Place>,
  after: Map<string, Place>,
  { sent, names }: ParameterContext,
): void {
  const rest = new Map(after);
  for (const [key, old] of before) {
    const newKey = key.startsWith('path ') ? `path ${names.get(key.slice(5)) ?? key.slice(5)}` : key;
    const now = rest.get(newKey);
    rest.delete(newKey);
    const label = labelOf(old);
    if (now) compareParameter(changes, { before: old, after: now }, sent, label);
    else {
      const message = `${label} was removed: what clients send in it is rejected or ignored.`;
      changes.breaking({ place: old, message: capitalize(message) });
    }
  }
  for (const place of rest.values()) {
    const label = labelOf(place);
    if (place.get('required') === true && sent === 'request')
      changes.breaking({
        place,
        message: `Requests need ${label}, which is new.`,
        wayOut: 'Make it optional, or make it in a new version.',
      });
    else changes.added({ place, message: `${capitalize(label)} is new.` });
  }
}

function compareParameter(changes: ChangeList, pair: Pair, sent: Position, label: string): void {
  const [was, is] = [pair.before, pair.after].map((place) => place.get('required') === true);
  if (was !== is) {
    const what = `${capitalize(label)} is ${is ? 'required' : 'no longer required'}`;
    const place = pair.after.child('required') ?? pair.after;
    changes.values(sent, is ? 'tightened' : 'loosened', place, what);
  }
  const [old, now] = [pair.before, pair.after].map(schemaOf);
  const comparison = new SchemaComparison(sent, label);
  const item = old && now && sent === 'request' ? itemOf(old, now, pair.after) : undefined;
  comparison.compare(old ? [old] : [], item ?? (now ? [now] : []));
  if (!was) reportDefault(comparison, label, { before: old ? [old] : [], after: now ? [now] : [] });
  changes.include(comparison.changes.changes);
  const isOfStyle = formOf(pair.before, 'style') === formOf(pair.after, 'style');
  const fields = ['style', 'allowReserved', 'content', ...(isOfStyle ? (['explode'] as const) : [])] as const;
  for (const field of fields) {
    const [before, after] = [pair.before, pair.after].map((place) => formOf(place, field));
    // A single value is written in the same way with and without `explode`.
    if (before === after || (field === 'explode' && (before === undefined || after === undefined))) continue;
    const what = `\`${field}\` of ${label} changed from \`${before}\` to \`${after}\``;
    const message = `${what}: it is written in another way.`;
    changes.breaking({ place: pair.after.child(field) ?? pair.after, message });
  }
}

/** How a parameter is written. `explode` says nothing of a single value. */
function formOf(place: Place, field: 'style' | 'explode' | 'allowReserved' | 'content'): string | undefined {
  const isQuery = place.text('in') === 'query' || place.text('in') === 'cookie';
  if (field === 'content') return Object.keys(Object(place.at('content')?.value)).join() || undefined;
  if (field === 'style') return place.text('style') ?? (isQuery ? 'form' : 'simple');
  if (field === 'allowReserved') return String(place.get('allowReserved') === true);
  const types = [schemaOf(place)?.follow()?.get('type')].flat();
  if (!types.some((type) => type === undefined || type === 'array' || type === 'object')) return undefined;
  return String(place.get('explode') ?? formOf(place, 'style') === 'form');
}

/** The items of a list that a single value, as clients send it, is one of; undefined: it is none. */
function itemOf(before: Place, after: Place, parameter: Place): Place[] | undefined {
  const isRepeated = formOf(parameter, 'style') === 'form' && formOf(parameter, 'explode') === 'true';
  const [old, now] = [before, after].map((place) => shapeOf([place], 'request'));
  if (!old || !now || !isRepeated || old.types.has('array') || old.types.has('object')) return undefined;
  const isList = now.types.size === 1 && now.types.has('array') && now.choices.length === 0;
  return isList && now.minItems <= 1 && now.maxItems >= 1 ? now.items : undefined;
}

function schemaOf(place: Place): Place | undefined {
  return place.child('schema') ?? place.at('content')?.children()[0]?.[1].child('schema');
}

function labelOf(place: Place): string {
  const location = place.text('in');
  return `the ${location === 'header' ? 'request header' : `${location} parameter`} \`${place.text('name')}\``;
}

function compareBodies(changes: ChangeList, { before, after }: Pair, sent: Position): void {
  const [old, now] = [before.at('requestBody'), after.at('requestBody')];
  if (!old && !now) return;
  const place = now ?? old ?? after;
  const isRequired = now?.get('required') === true;
  if (!old) {
    if (isRequired && sent === 'request')
      changes.breaking({ place, message: 'Requests need a body, which clients do not send.' });
    else changes.added({ place, message: 'The body of the request is new.' });
  } else if (!now)
    changes.breaking({ place, message: 'Requests no longer have a body: what clients send is ignored.' });
  else {
    if ((old.get('required') === true) !== isRequired) {
      const direction = isRequired ? 'tightened' : 'loosened';
      const what = `The body of the request is ${isRequired ? 'required' : 'optional'}`;
      changes.values(sent, direction, now.child('required') ?? now, what);
    }
    compareContents(changes, { before: old, after: now }, sent, 'the body of the request');
  }
}
