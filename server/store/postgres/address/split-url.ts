// The parts of a PostgreSQL URL, still percent-encoded.

export interface UrlParts {
  /** The scheme with its slashes: `postgres://`. */
  scheme: string;
  /** `user:password`; undefined if there is no @. */
  credentials: string | undefined;
  /** The hosts as `host:port`, separated by commas. */
  hosts: string;
  /** The name of the database; undefined if there is no slash. */
  path: string | undefined;
  /** The query; undefined if there is no question mark. */
  query: string | undefined;
}

/** libpq searches for the first @ before a slash, so a password may contain ? and #. */
const URL_PARTS = /^(postgres(?:ql)?:\/\/)(?:([^@/]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s;

/** The form of a URL, for messages. */
export const DESCRIPTION =
  'must be postgres://user:password@host:port/database, or host1:port1,host2:port2 for several hosts, ' +
  'with special characters of user, password and database percent-encoded (@ as %40, / as %2F, ? as %3F)';

/**
 * Splits a URL as libpq does, except that an @ in the name of the database is an error: it nearly always belongs before
 * the host, after a password with an unescaped slash.
 *
 * @throws Error whose message says what is wrong, without the URL
 */
export function splitUrl(url: string): UrlParts {
  const [match, scheme = '', credentials, hosts = '', path, query] = URL_PARTS.exec(url) ?? [];
  if (match === undefined || hosts.includes('@') || path?.includes('@')) throw new Error(DESCRIPTION);
  return { scheme, credentials, hosts, path, query };
}
