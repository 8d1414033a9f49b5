// Compares operations: the requests of clients, and the responses that they receive.
import type { ChangeList, Position } from '../schema/change.ts';
import type { Place } from '../schema/place.ts';
import { isSame } from '../schema/sameness.ts';
import { pairCallbacks } from './compare-callbacks.ts';
import { compareContents } from './compare-contents.ts';
import { compareParameters, parametersOf, pathNames } from './compare-parameters.ts';
import { reportShadows } from './compare-paths.ts';
import { compareResponses } from './compare-responses.ts';
import { compareSecurity } from './compare-security.ts';
import { compareOperationServers } from './compare-servers.ts';
import { schemaOf } from './serialization.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** Who sends the requests: clients, or the service itself to a webhook of theirs. */
type Sender = 'client' | 'service';

interface Pair {
  before: Place;
  after: Place;
}

/** The older and the newer value; undefined where there is none. */
interface MaybePair {
  before: Place | undefined;
  after: Place | undefined;
}

/** The lists that changes go to. */
interface Lists {
  changes: ChangeList;
  /** Changes that no version can convert. */
  shared: ChangeList;
}

/**
 * Compares the operations of two documents. A new version can convert requests and responses; removed operations and
 * changed credentials affect all versions.
 */
export function compareOperations(changes: ChangeList, shared: ChangeList, { before, after }: Pair): void {
  const lists = { changes, shared };
  comparePathItems(lists, before.at('paths'), after.at('paths'));
  compareWebhooks(lists, before.at('webhooks'), after.at('webhooks'));
}

function comparePathItems(lists: Lists, before: Place | undefined, after: Place | undefined): void {
  const itemsAfter = new Map(after?.children().map(([path, place]) => [withoutNames(path), place]));
  const itemsBefore = new Set(before?.children().map(([path]) => withoutNames(path)));
  for (const [path, old] of before?.children() ?? [])
    comparePathItem(lists, path, { before: old, after: itemsAfter.get(withoutNames(path)) }, 'client');
  const older = listOperations(before);
  for (const [path, now] of after?.children() ?? []) {
    if (itemsBefore.has(withoutNames(path))) continue;
    reportShadows(lists.shared, path, now, older);
    comparePathItem(lists, path, { before: undefined, after: now }, 'client');
  }
}

/** Compares webhooks, whose names say what happened, and whose addresses only the receiver knows. */
function compareWebhooks(lists: Lists, before: Place | undefined, after: Place | undefined): void {
  const names = new Set([before, after].flatMap((place) => Object.keys(Object(place?.value))));
  for (const name of names)
    comparePathItem(lists, name, { before: before?.at(name), after: after?.at(name) }, 'service');
}

function comparePathItem(lists: Lists, path: string, items: MaybePair, sender: Sender): void {
  const { before: old, after: now } = items;
  for (const method of METHODS) {
    const [operation, next] = [old?.at(method), now?.at(method)];
    const name = nameOf(path, method, sender);
    if (operation && old && !next)
      lists.shared.breaking({ place: now ? operation : old, message: `${name} was removed.` });
    else if (next && !operation) lists.changes.added({ place: next, message: `${name} is new.` });
    else if (old && now && operation && next)
      compareOperation(lists, { before: operation, after: next }, { before: old, after: now }, sender);
  }
}

/** The operations whose paths have parameters, with the schemas of the parameters. */
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

/** The names of path parameters are not visible to clients. */
function withoutNames(path: string): string {
  return path.replaceAll(/\{[^}]*\}/g, '{}');
}

function compareOperation(lists: Lists, pair: Pair, items: Pair, sender: Sender): void {
  const { changes, shared } = lists;
  if (sender === 'client') compareSecurity(shared, pair);
  // Skips unchanged operations, which are most of them.
  if (isSame(pair.before, pair.after) && isSame(items.before, items.after)) return;
  if (sender === 'client') compareOperationServers(shared, pair, items);
  const position: Position = sender === 'client' ? 'request' : 'response';
  const names = pathNames(items);
  compareParameters(changes, parametersOf(pair.before, items.before), parametersOf(pair.after, items.after), {
    position,
    names,
  });
  compareBodies(changes, pair, position);
  compareResponses(changes, pair, position === 'request' ? 'response' : 'request');
  const [old, now] = [pair.before, pair.after].map((place) => place.at('callbacks'));
  for (const { expression, ...callback } of pairCallbacks(old, now))
    comparePathItem(lists, expression, callback, 'service');
}

function compareBodies(changes: ChangeList, { before, after }: Pair, position: Position): void {
  const [old, now] = [before.at('requestBody'), after.at('requestBody')];
  if (!old && !now) return;
  const place = now ?? old ?? after;
  const isRequired = now?.get('required') === true;
  if (!old) {
    if (isRequired && position === 'request')
      changes.breaking({ place, message: 'Requests need a body, which clients do not send.' });
    else changes.added({ place, message: 'The body of the request is new.' });
  } else if (!now)
    changes.breaking({ place, message: 'Requests no longer have a body: what clients send is ignored.' });
  else {
    if ((old.get('required') === true) !== isRequired) {
      const direction = isRequired ? 'tightened' : 'loosened';
      const what = `The body of the request is ${isRequired ? 'required' : 'optional'}`;
      changes.values(position, direction, now.child('required') ?? now, what);
    }
    compareContents(changes, { before: old, after: now }, position, 'the body of the request');
  }
}
