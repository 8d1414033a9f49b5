// Reduces the four forms of a request target (RFC 9112, section 3.2) to one, so that later steps need not handle the
// others.
import { isHostAndPort } from './host.ts';

/** A request target in the form that the app gets. */
export interface Target {
  /** The path, which begins with a slash, and perhaps a query. */
  url: string;
  /** The authority of a target in absolute form. It replaces the `Host` header: RFC 9112, section 3.2.2. */
  authority?: string;
}

/**
 * The origin form. It allows the characters that browsers and `curl` send unencoded, although RFC 3986 allows fewer. It
 * excludes those on which URL parsers disagree: a fragment, and a backslash in the path, which some read as a slash.
 */
const ORIGIN_FORM = /^\/[!"$->@-[\]-~]*(?:\?[!"$-~]*)?$/;
const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)(.*)$/i;

/** Returns the target in origin form, or a sentence that says why it is invalid. */
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
