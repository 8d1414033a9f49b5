// Sends statements over one connection.
import pg from 'pg';
import { UnservedError } from './no-slot.ts';

/** Runs a statement. One with a `name` is prepared: parsed once for each connection. */
export type Query = <Row extends pg.QueryResultRow>(statement: Statement) => Promise<Row[]>;

interface Statement {
  name?: string;
  text: string;
  values?: unknown[];
}

/** How long a pooler may take for the first response on a new connection. */
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
 * Requires that a pooler has a connection to the server for this one. In session mode it keeps it. Otherwise a call
 * would wait here until its end, while other connections of the pool are free.
 */
export async function requireServed(client: pg.ClientBase): Promise<void> {
  const first: LimitedQuery = { text: 'SELECT 1', query_timeout: FIRST_RESPONSE_LIMIT_MS };
  await client.query(first).catch((cause: unknown) => {
    throw cause instanceof pg.DatabaseError ? cause : new UnservedError('no response', { cause });
  });
}
