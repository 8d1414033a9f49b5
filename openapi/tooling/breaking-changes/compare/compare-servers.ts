// Compares the servers: a client has the URL of one in its configuration, or the variables that it is made of.
import type { ChangeList } from '../schema/change.ts';
import type { Place } from '../schema/place.ts';

/** A variable of a server. */
interface Variable {
  name: string;
  default: string;
  /** The values that it may have; undefined: any. */
  allowed: string[] | undefined;
}

interface Server {
  place: Place;
  /** Text and variables in turn, as in the URL; no slash at the end. */
  parts: (string | Variable)[];
}

/** Stands for any value of a variable that has no `enum`. */
const ANY_VALUE = 'any-value';

/** Reports a URL that the newer servers do not have, and a variable with another default. */
export function compareServers(changes: ChangeList, { before, after }: { before: Place; after: Place }): void {
  const [old = [], now = []] = [before, after].map((place) => place.at('servers')?.children().map(toServer));
  for (const server of old) {
    const url = urlOf(server);
    if (now.some((each) => has(each, url))) compareVariables(changes, server, now);
    else if (!isLocal(url))
      changes.breaking({
        place: server.place,
        message: `The server ${url} was removed, and clients send requests to it.`,
      });
  }
  for (const server of now) {
    const url = urlOf(server);
    if (!old.some((each) => has(each, url)))
      changes.added({ place: server.place, message: `The server ${url} is new.` });
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

function toServer([, place]: [string, Place]): Server {
  const url = (place.text('url') ?? '').replace(/\/$/, '');
  const parts = url.split(/\{([^}]*)\}/).map((part, index) => {
    if (index % 2 === 0) return part;
    const variable = place.at('variables', part);
    const allowed = variable?.get('enum');
    const value = variable?.text('default') ?? '';
    return { name: part, default: value, allowed: Array.isArray(allowed) ? allowed.map(String) : undefined };
  });
  return { place, parts };
}

function variablesOf({ parts }: Server): Variable[] {
  return parts.filter((part) => typeof part !== 'string');
}

/** The URL with these values, and defaults for the other variables. */
function urlOf({ parts }: Server, values: Readonly<Record<string, string>> = {}): string {
  const texts = parts.map((part) => (typeof part === 'string' ? part : (values[part.name] ?? part.default)));
  return texts.join('').replace(/\/$/, '');
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
  return new RegExp(`^${patterns.join('')}/?$`, 's').test(url);
}

/** A server that whoever reads the contract runs. */
function isLocal(url: string): boolean {
  return /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(url);
}

/** The text as a pattern that matches only it. */
function toPattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
