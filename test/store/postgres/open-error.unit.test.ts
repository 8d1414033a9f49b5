// Errors of opening PostgreSQL: the reason, the remedy, and whether waiting helps.
import pg from 'pg';
import { expect, it } from 'vitest';
import { parseDatabaseUrl } from '../../../server/store/postgres/address/url.ts';
import { toOpenError } from '../../../server/store/postgres/schema/open-error.ts';

const ADDRESS = parseDatabaseUrl('postgres://u@h/d', {});

function databaseError(code: string, message: string): pg.DatabaseError {
  const error = new pg.DatabaseError(message, message.length, 'error');
  error.code = code;
  return error;
}

it.each([
  [
    'a pooler in statement mode',
    databaseError('08P01', 'transaction blocks not allowed in statement pooling mode'),
    /: the connection pooler rejects this: .+\. PgBouncer needs pool_mode=transaction or session\.$/,
    false,
  ],
  [
    'a pooler that has no server yet',
    databaseError('08P01', 'server login has been failing, try again later (server_login_retry)'),
    /: the connection pooler rejects this: server login has been failing/,
    true,
  ],
  [
    'a server without TLS',
    new Error('The server does not support SSL connections'),
    /: it has no TLS\. Turn ssl on in PostgreSQL, or set sslmode=disable for a connection that is not encrypted\.$/,
    false,
  ],
  [
    'a lost connection',
    new Error('Connection terminated unexpectedly'),
    /: the connection was lost\. Try again; if that does not help, look into the log of PostgreSQL\.$/,
    true,
  ],
])('describes %s', (_, error, message, mayPass) => {
  expect(toOpenError(error, ADDRESS)).toMatchObject({ message: expect.stringMatching(message), mayPass });
});
