// Errors of a server, or of a pooler in front of it, without a free connection. Nothing was sent to the database.
import pg from 'pg';

/** too_many_connections, the SQLSTATE of PostgreSQL itself. */
const TOO_MANY_CONNECTIONS = '53300';

/** protocol_violation, which PgBouncer sends for everything that it rejects. Only its message names the limit. */
export const PROTOCOL_VIOLATION = '08P01';

/** Matches PgBouncer's limits for clients: `max_client_conn`, `max_db_client_connections` and others. */
const CLIENT_LIMIT = /connections (?:allowed|exceeded) \((max_\w+)\)/;

/** PgBouncer's error when a client waited too long for one of its connections to PostgreSQL. */
const WAITED = 'query_wait_timeout';

/** Matches the message of PostgreSQL when it has no connection left for PgBouncer, which repeats it. */
const OF_SERVER = /too many (?:clients|connections)|connection slots are reserved/;

/**
 * A pooler accepted a connection but did not respond, because PostgreSQL is unreachable or has no connection for it.
 */
export class UnservedError extends Error {
  override readonly name = 'UnservedError';
}

const RAISE_POOL_SIZE =
  'Raise its default_pool_size, or any lower limit among its max_db_connections, its max_user_connections and the ' +
  'max_connections of PostgreSQL';

const LIMITS_OF_SERVER: readonly [RegExp, string][] = [
  [/too many connections for role/, 'the CONNECTION LIMIT of the role'],
  [/too many connections for database/, 'the CONNECTION LIMIT of the database'],
  [/too many clients|connection slots are reserved/, 'max_connections'],
];

/** The possible limits, for a server whose messages are not in English. */
const ANY_LIMIT_OF_SERVER = 'max_connections, or the CONNECTION LIMIT of the role or of the database';

/** Describes the limit and what to do, in one line without a full stop. Returns undefined for any other error. */
export function describeNoSlot(error: unknown): string | undefined {
  if (error instanceof UnservedError)
    return `The pooler had no connection to PostgreSQL in time, or PostgreSQL does not respond. ${RAISE_POOL_SIZE}`;
  if (!(error instanceof pg.DatabaseError)) return undefined;
  const { code, message } = error;
  const ofServer = LIMITS_OF_SERVER.find(([text]) => text.test(message))?.[1] ?? ANY_LIMIT_OF_SERVER;
  if (code === TOO_MANY_CONNECTIONS)
    return (
      `PostgreSQL has no connection left (${code}: ${message}): the servers together may open more than it accepts. ` +
      `Lower DATABASE_POOL_SIZE of the servers, or raise ${ofServer}`
    );
  if (code !== PROTOCOL_VIOLATION) return undefined;
  const [, limit] = CLIENT_LIMIT.exec(message) ?? [];
  if (limit !== undefined)
    return (
      `PgBouncer has no connection left (${message}): the servers together may open more than it accepts. ` +
      `Lower DATABASE_POOL_SIZE of the servers, or raise ${limit} of PgBouncer`
    );
  if (message.includes(WAITED))
    return `PgBouncer had no connection to PostgreSQL in time (${message}). ${RAISE_POOL_SIZE}`;
  if (OF_SERVER.test(message))
    return (
      `PostgreSQL has no connection left for PgBouncer (${message}). Lower the default_pool_size of PgBouncer, or ` +
      `raise ${ofServer}`
    );
  return undefined;
}
