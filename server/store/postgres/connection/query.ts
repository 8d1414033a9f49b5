// Sends statements over one connection.
import pg from 'pg';
import { UnservedError } from './no-slot.ts';

/** Runs a statement. One with a `name` is prepared, so that it is parsed only once for each connection. */
export type Query = <Row extends pg.QueryResultRow>(statement: Statement) => Promise<Row[]>;

interface Statement {
  name?: string;
  text: string;
  values?: unknown[];
}

/** The time limit for the first response of a pooler on a new connection. */
const FIRST_RESPONSE_LIMIT_MS = 500;

/** pg accepts a time limit for each query, but its types do not. */
export interface LimitedQuery extends pg.QueryConfig {
  query_timeout: number;
}

export async function send<Row extends pg.QueryResultRow>(
  client: pg.PoolClient,
  statement: Statement,
  timeoutMs: number,
): Promise<Row[]> {
  const limited: LimitedQuery = { ...statement, query_timeout: timeoutMs };
  return (await client.query<Row>(limited)).rows;
}

/**
 * Requires that a pooler has a server connection for this client, which it keeps in session mode. Otherwise a call
 * would wait on this connection for all of its time, while other connections of the pool are free.
 */
export async function requireServed(client: pg.ClientBase): Promise<void> {
  const first: LimitedQuery = { text: 'SELECT 1', query_timeout: FIRST_RESPONSE_LIMIT_MS };
  await client.query(first).catch((cause: unknown) => {
    throw cause instanceof pg.DatabaseError ? cause : new UnservedError('no response', { cause });
  });
}
