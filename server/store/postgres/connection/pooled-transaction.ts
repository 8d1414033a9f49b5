// Runs a statement behind a pooler in a transaction of its own.
import type pg from 'pg';
import type { DatabaseAddress } from '../address/address.ts';
import type { LimitedQuery } from './query.ts';
import { beginStatement, setStatement, timeLimits } from './settings.ts';

/** The part of a client that is used. */
interface Sending {
  query<Row extends pg.QueryResultRow>(query: LimitedQuery): Promise<Pick<pg.QueryResult<Row>, 'rows' | 'command'>>;
}

interface TransactionOptions {
  address: DatabaseAddress;
  /** Returns the rest of the time limit in milliseconds, at least 1. All round trips share it. */
  remainingMs: () => number;
}

/**
 * Runs a statement in a transaction of its own, which carries the settings. The first round trip has only BEGIN: if
 * that failed unnoticed, the statement would run without the settings. The second one has the statement and COMMIT. The
 * statement is not named, because the next transaction may use another connection of the server.
 */
export async function sendInTransaction<Row extends pg.QueryResultRow>(
  client: Sending,
  { text, values }: Pick<pg.QueryConfig, 'text' | 'values'>,
  { address, remainingMs }: TransactionOptions,
): Promise<Row[]> {
  const limits = timeLimits(remainingMs());
  const send = <R extends pg.QueryResultRow>(query: pg.QueryConfig) =>
    client.query<R>({ ...query, query_timeout: remainingMs() });
  const [started] = await Promise.allSettled([send({ text: beginStatement(address, limits) })]);
  if (started.status === 'rejected') {
    // A lost connection is noticed at its next use.
    await send({ text: 'ROLLBACK' }).catch(() => {});
    throw started.reason;
  }
  // BEGIN may have waited in the pooler.
  const isLate = remainingMs() < Number(limits.statement_timeout);
  const [limited, statement, commit] = await Promise.allSettled([
    isLate ? send({ text: setStatement(timeLimits(remainingMs())) }) : undefined,
    send<Row>({ text, ...(values && { values }) }),
    send({ text: 'COMMIT' }),
  ]);
  if (limited.status === 'rejected') throw limited.reason;
  if (statement.status === 'rejected') throw statement.reason;
  if (commit.status === 'rejected') throw commit.reason;
  if (commit.value.command !== 'COMMIT') throw new Error(`COMMIT ended with ${commit.value.command}.`);
  return statement.value.rows;
}
