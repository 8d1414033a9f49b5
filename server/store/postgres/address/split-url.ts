// The parts of a PostgreSQL URL, still percent-encoded.

export interface UrlParts {
  /** With the slashes: `postgres://`. */
  scheme: string;
  /** `user:password`. Undefined: there is no @ behind it either. */
  credentials: string | undefined;
  /** `host:port` of each, separated by commas. */
  hosts: string;
  /** The name of the database. Undefined: there is no slash before it either. */
  path: string | undefined;
  /** Undefined: there is no question mark before it either. */
  query: string | undefined;
}

/** libpq looks for the first @ before a slash, so a password may contain ? and #. */
const URL_PARTS = /^(postgres(?:ql)?:\/\/)(?:([^@/]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s;

/** What a URL is, for messages. */
export const DESCRIPTION =
  'must be postgres://user:password@host:port/database, or host1:port1,host2:port2 for several hosts, ' +
  'with special characters of user, password and database percent-encoded (@ as %40, / as %2F, ? as %3F)';

/**
 * Splits a URL as libpq does. But an @ in the name of the database is an error: it is nearly always the one before the
 * host, and what is before it a part of a password with a slash.
 *
 * @throws Error whose message says what is wrong, without the URL
 */
export function splitUrl(url: string): UrlParts {
  const [match, scheme = '', credentials, hosts = '', path, query] = URL_PARTS.exec(url) ?? [];
  if (match === undefined || hosts.includes('@') || path?.includes('@')) throw new Error(DESCRIPTION);
  return { scheme, credentials, hosts, path, query };
}
