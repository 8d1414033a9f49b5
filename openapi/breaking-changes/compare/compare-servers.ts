// Compares the servers: a client has the URL of one in its configuration, or the variables that it is made of.
import type { ChangeList } from '../schema/change.ts';
import { Place } from '../schema/place.ts';

/** A variable of a server. */
interface Variable {
  name: string;
  default: string;
  /** The allowed values; undefined for any value. */
  allowed: string[] | undefined;
}

interface Server {
  place: Place;
  /** Text and variables in the order of the URL, without a slash at the end. */
  parts: (string | Variable)[];
}

/** Stands for any value of a variable that has no `enum`. */
const ANY_VALUE = 'any-value';

interface Pair {
  before: Place;
  after: Place;
}

/** Reports a URL that the newer servers do not have, and a variable with another default. */
export function compareServers(changes: ChangeList, { before, after }: Pair): void {
  // Operations with servers of their own are compared separately.
  if (![before, after].every(usesServersOfDocument)) return;
  const [old = [], now = []] = [before, after].map((place) => listServers(place.at('servers')));
  compareLists(changes, old, now, (url) => `The server ${url} was removed, and clients send requests to it.`);
  for (const server of now) {
    const url = urlOf(server);
    if (!old.some((each) => has(each, url)))
      changes.added({ place: server.place, message: `The server ${url} is new.` });
  }
}

/** The servers of an operation or path, which stand for those of the document. */
export function compareOperationServers(changes: ChangeList, operations: Pair, items: Pair): void {
  const ownOf = (side: 'before' | 'after') => operations[side].at('servers') ?? items[side].at('servers');
  const [old, now] = [ownOf('before'), ownOf('after')];
  if (!old && !now) return;
  const documentOf = ({ root }: Place) => new Place(root).at('servers');
  const servers = listServers(now ?? documentOf(operations.after));
  const place = now ?? operations.after;
  compareLists(
    changes,
    listServers(old ?? documentOf(operations.before)),
    servers.map((server) => ({ ...server, place: now ? server.place : place })),
    (url) => `The operation is no longer at the server ${url}, and clients send its requests to it.`,
    place,
  );
}

function usesServersOfDocument(document: Place): boolean {
  const items = (document.at('paths')?.children() ?? []).map(([, item]) => item);
  return items.length === 0 || items.some((item) => !item.at('servers') && hasOperationWithoutServers(item));
}

function hasOperationWithoutServers(item: Place): boolean {
  return item.children().some(([, each]) => each.child('responses') !== undefined && !each.at('servers'));
}

/** `place` is where to report a lost server. Default: its own place. */
function compareLists(
  changes: ChangeList,
  old: readonly Server[],
  now: readonly Server[],
  explain: (url: string) => string,
  place?: Place,
): void {
  for (const server of old) {
    const url = urlOf(server);
    if (now.some((each) => has(each, url))) compareVariables(changes, server, now);
    else if (!isLocal(url)) changes.breaking({ place: place ?? server.place, message: explain(url) });
  }
}

function compareVariables(changes: ChangeList, server: Server, now: readonly Server[]): void {
  const [url, variables] = [urlOf(server), variablesOf(server)];
  const next = now.find((each) => shapeOf(each) === shapeOf(server));
  const { place } = next ?? now.find((each) => has(each, url)) ?? server;
  for (const [index, variable] of variables.entries()) {
    const label = `The variable \`${variable.name}\` of ${url}`;
    const lost = (variable.allowed ?? [ANY_VALUE]).filter(
      (value) => !now.some((each) => has(each, urlOf(server, { [variable.name]: value }))),
    );
    if (lost.length > 0)
      changes.breaking({
        place,
        message: variable.allowed
          ? `${label} can no longer be ${lost.join(', ')}.`
          : `${label} can no longer be anything, and clients may have another value.`,
      });
    const other = next && variablesOf(next)[index];
    if (other && other.default !== variable.default && !(isLocal(url) && isLocal(urlOf(next))))
      changes.breaking({
        place,
        message: `${label} is ${other.default} by default, no longer ${variable.default}, for clients that set none.`,
      });
  }
}

function listServers(servers: Place | undefined): Server[] {
  return (servers?.children() ?? []).map(([, place]) => toServer(place));
}

function toServer(place: Place): Server {
  const url = normalize(place.text('url') ?? '').replace(/\/$/, '');
  const inOrigin = originOf(url).split('{').length - 1;
  const parts = url.split(/\{([^}]*)\}/).map((part, index) => {
    if (index % 2 === 0) return part;
    const variable = place.at('variables', part);
    const allowed = variable?.get('enum');
    const read = (value: unknown) => (index < 2 * inOrigin ? String(value).toLowerCase() : String(value));
    return {
      name: part,
      default: read(variable?.get('default') ?? ''),
      allowed: Array.isArray(allowed) ? allowed.map(read) : undefined,
    };
  });
  return { place, parts };
}

/** Scheme, host and port; empty for a relative URL. */
function originOf(url: string): string {
  return /^[^/]*\/\/[^/]*/.exec(url)?.[0] ?? '';
}

/** Normalizes letter case of scheme and host, and the port of the scheme (RFC 3986, section 6.2). */
function normalize(url: string): string {
  const origin = originOf(url);
  const lower = origin.replaceAll(/\{[^}]*\}|[^{]+/g, (part) => (part.startsWith('{') ? part : part.toLowerCase()));
  return lower.replace(/^(https:.*):443$|^(http:.*):80$/, '$1$2') + url.slice(origin.length);
}

/** The URL with the default port of its scheme, which a variable may stand for. */
function withPort(url: string): string {
  const origin = originOf(url);
  const port = origin.startsWith('https:') ? ':443' : ':80';
  return /:\d+$/.test(origin) ? url : `${origin}${port}${url.slice(origin.length)}`;
}

function variablesOf({ parts }: Server): Variable[] {
  return parts.filter((part) => typeof part !== 'string');
}

/** The URL with these values, and defaults for the other variables. */
function urlOf({ parts }: Server, values: Readonly<Record<string, string>> = {}): string {
  const texts = parts.map((part) => (typeof part === 'string' ? part : (values[part.name] ?? part.default)));
  return normalize(texts.join('')).replace(/\/$/, '');
}

/** The URL without the names of its variables, which change nothing. */
function shapeOf({ parts }: Server): string {
  return parts.map((part) => (typeof part === 'string' ? part : '{}')).join('');
}

function has({ parts }: Server, url: string): boolean {
  const patterns = parts.map((part) => {
    if (typeof part === 'string') return toPattern(part);
    return part.allowed ? `(?:${part.allowed.map((each) => toPattern(each)).join('|')})` : '.*';
  });
  const pattern = new RegExp(`^${patterns.join('')}/?$`, 's');
  return pattern.test(url) || pattern.test(withPort(url));
}

/** A server on the machine of the reader. */
function isLocal(url: string): boolean {
  return /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(url);
}

/** The text as a pattern that matches only it. */
function toPattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
