// The request target: its four forms (RFC 9112, section 3.2) are reduced to one, so that later steps need not know the
// others.
import { isHostAndPort } from './host.ts';

/** A path and perhaps a query, as the app gets it. */
export interface Target {
  /** Begins with a slash. */
  url: string;
  /** The authority in a target with scheme and host. It replaces the `Host` header: RFC 9112, section 3.2.2. */
  authority?: string;
}

/**
 * What browsers and `curl` send unencoded is accepted, although RFC 3986 allows fewer characters. Not accepted is what
 * URL parsers disagree about: a fragment, and a backslash in the path, which some read as a slash.
 */
const ORIGIN_FORM = /^\/[!"$->@-[\]-~]*(?:\?[!"$-~]*)?$/;
const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)(.*)$/i;

/** The target in origin form, or a sentence that says why there is none. */
export function parseTarget(target: string): Target | string {
  if (ORIGIN_FORM.test(target)) return { url: target };
  if (target.startsWith('/')) return BAD_CHARACTER;
  const [, authority, rest = ''] = ABSOLUTE_FORM.exec(target) ?? [];
  if (authority === undefined) return 'The request target is neither a path nor an http or https URL.';
  // An http URL without a host is invalid: RFC 9110, section 4.2.1.
  if (authority === '' || !isHostAndPort(authority)) return 'The URL in the request target has no valid host.';
  const url = rest.startsWith('/') ? rest : `/${rest}`;
  return ORIGIN_FORM.test(url) ? { url, authority } : BAD_CHARACTER;
}

const BAD_CHARACTER = 'The request target has a character that is not allowed there, such as # or a backslash.';
