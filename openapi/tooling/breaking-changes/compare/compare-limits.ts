// Compares what a contract says of limits, the order of checks and servers.
import type { ChangeList } from '../schema/change.ts';
import { Place, unescapeSegment } from '../schema/place.ts';

interface Pair {
  before: Place;
  after: Place;
}

/**
 * Each entry of `x-limits` allows clients something: more is no break. One that points to the same schema keyword is
 * compared where that stands.
 */
export function compareLimits(changes: ChangeList, { before, after }: Pair): void {
  const [old, now] = [before, after].map((place) => place.at('x-limits'));
  if (!old) {
    // Clients met these limits before they were stated.
    if (now) changes.added({ place: now, message: 'The limits are stated in `x-limits`.' });
    return;
  }
  if (!now) {
    changes.breaking({ place: old, message: 'The limits are no longer stated, and clients rely on them.' });
    return;
  }
  for (const [name, limit] of old.children()) compareLimit(changes, name, limit, now.at(name));
  for (const [name, limit] of now.children()) {
    if (old.at(name)) continue;
    // Clients met the limit of a schema before.
    if (limit.text('at') !== undefined)
      changes.added({ place: limit, message: `The limit \`${name}\` of a schema is stated.` });
    else changes.values('request', 'tightened', limit, `The limit \`${name}\` is new`);
  }
}

function compareLimit(changes: ChangeList, name: string, limit: Place, next: Place | undefined): void {
  const at = limit.text('at');
  // It is compared where it stands.
  if (at !== undefined && at === next?.text('at')) return;
  const [was, is] = [numberOf(limit), next && numberOf(next)];
  if (!next || is === undefined) {
    const lost = at === undefined ? 'was removed' : 'is no longer stated';
    changes.compatible({ place: next ?? limit, message: `The limit \`${name}\` ${lost}, and was ${was}.` });
    return;
  }
  if (was === is) return;
  const place = next.child('value') ?? next.child('at') ?? next;
  const direction = was !== undefined && is > was ? 'loosened' : 'tightened';
  changes.values('request', direction, place, `The limit \`${name}\` changed from ${was ?? 'none'} to ${is}`);
}

/** Its own value, or the one that it points to. */
function numberOf(limit: Place): number | undefined {
  const at = limit.text('at');
  const keys = at?.replace(/^#?\/?/, '').split('/');
  const value = keys ? new Place(limit.root).at(...keys.map(unescapeSegment))?.value : limit.get('value');
  return typeof value === 'number' ? value : undefined;
}

/** Of several errors, the first in `x-order-of-checks` decides the response. */
export function compareOrder(changes: ChangeList, { before, after }: Pair): void {
  const [old, place] = [before.at('x-order-of-checks'), after.at('x-order-of-checks')];
  if (!old) {
    if (place) changes.added({ place, message: 'The order of checks is stated in `x-order-of-checks`.' });
    return;
  }
  if (!place) {
    changes.breaking({ place: old, message: 'The order of checks is no longer stated, and clients rely on it.' });
    return;
  }
  const [was, is] = [old, place].map((each) => (Array.isArray(each.value) ? each.value.map(String) : []));
  const [kept, order] = [was?.filter((name) => is?.includes(name)), is?.filter((name) => was?.includes(name))];
  if (String(kept) !== String(order))
    changes.breaking({
      place,
      message:
        `The order of checks changed from ${kept?.join(', ')} to ${order?.join(', ')}: ` +
        'requests with several errors get another response.',
    });
  else if (String(was) !== String(is))
    changes.compatible({
      place,
      message: `The checks are ${is?.join(', ')}, and were ${was?.join(', ')}.`,
    });
}

/** A client has the URL of a server in its configuration. */
export function compareServers(changes: ChangeList, { before, after }: Pair): void {
  const [old, now] = [before, after].map(
    (place) =>
      new Map(
        place
          .at('servers')
          ?.children()
          .map(([, each]) => [urlOf(each), each]),
      ),
  );
  for (const [url, place] of old ?? []) {
    const next = now?.get(url);
    if (!next && !isLocal(url))
      changes.breaking({ place, message: `The server ${url} was removed, and clients send requests to it.` });
    for (const [name, variable] of next ? (place.at('variables')?.children() ?? []) : []) {
      const allowed = next?.at('variables', name)?.get('enum');
      const values = [variable.get('enum') ?? []].flat();
      for (const value of Array.isArray(allowed) ? values.filter((each) => !allowed.includes(each)) : [])
        changes.breaking({
          place: next ?? place,
          message: `The variable \`${name}\` of ${url} can no longer be ${value}.`,
        });
    }
  }
  for (const [url, place] of now ?? [])
    if (!old?.has(url)) changes.added({ place, message: `The server ${url} is new.` });
}

/** A server that whoever reads the contract runs. */
function isLocal(url: string): boolean {
  return /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(url);
}

/** With the defaults of its variables. */
function urlOf(server: Place): string {
  const url = (server.text('url') ?? '').replaceAll(/\{([^}]*)\}/g, (_, name: string) => {
    return server.at('variables', name)?.text('default') ?? '';
  });
  return url.replace(/\/$/, '');
}
