// Messages of a server, or a pooler in front of it, that has no connection left, and the remedies.
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import {
  classifyError,
  leavesConnectionUsable,
  toStoreError,
} from '../../../../server/store/postgres/connection/errors.ts';
import { describeNoSlot } from '../../../../server/store/postgres/connection/no-slot.ts';

function databaseError(code: string, message: string): pg.DatabaseError {
  const error = new pg.DatabaseError(message, message.length, 'error');
  error.code = code;
  return error;
}

const OF_SERVER =
  'the servers together may open more than it accepts. Lower DATABASE_POOL_SIZE of the servers, or raise';
const OF_BOUNCER = 'Lower the default_pool_size of PgBouncer, or raise';

/** SQLSTATE, message, missing resource, and remedy. The messages of PgBouncer are those of 1.18 to 1.24. */
const NO_SLOT: [string, string, RegExp, string][] = [
  ['53300', 'sorry, too many clients already', /^PostgreSQL has/, `${OF_SERVER} max_connections`],
  [
    '53300',
    'remaining connection slots are reserved for roles with the SUPERUSER attribute',
    /^PostgreSQL has/,
    `${OF_SERVER} max_connections`,
  ],
  [
    '53300',
    'remaining connection slots are reserved for non-replication superuser connections',
    /^PostgreSQL has/,
    `${OF_SERVER} max_connections`,
  ],
  ['53300', 'too many connections for role "app"', /^PostgreSQL has/, `${OF_SERVER} the CONNECTION LIMIT of the role`],
  [
    '53300',
    'too many connections for database "app"',
    /^PostgreSQL has/,
    `${OF_SERVER} the CONNECTION LIMIT of the database`,
  ],
  [
    '53300',
    'tut mir leid, schon zu viele Verbindungen',
    /^PostgreSQL has/,
    `${OF_SERVER} max_connections, or the CONNECTION LIMIT of the role or of the database`,
  ],
  [
    '08P01',
    'no more connections allowed (max_client_conn)',
    /^PgBouncer has/,
    `${OF_SERVER} max_client_conn of PgBouncer`,
  ],
  [
    '08P01',
    'client connections exceeded (max_db_client_connections)',
    /^PgBouncer has/,
    `${OF_SERVER} max_db_client_connections of PgBouncer`,
  ],
  [
    '08P01',
    'client connections exceeded (max_user_client_connections)',
    /^PgBouncer has/,
    `${OF_SERVER} max_user_client_connections of PgBouncer`,
  ],
  ['08P01', 'query_wait_timeout', /^PgBouncer had no connection to PostgreSQL in time/, 'max_db_connections'],
  [
    '08P01',
    'server login failed: FATAL sorry, too many clients already',
    /^PostgreSQL has no connection left for PgBouncer/,
    `${OF_BOUNCER} max_connections`,
  ],
  [
    '08P01',
    'server login has been failing, cached error: too many connections for role "app" (server_login_retry)',
    /^PostgreSQL has no connection left for PgBouncer/,
    `${OF_BOUNCER} the CONNECTION LIMIT of the role`,
  ],
];

describe.each(NO_SLOT)('%s %s', (code, message, beginning, advice) => {
  const error = databaseError(code, message);

  it('is described by its own message and a remedy', () => {
    const description = describeNoSlot(error);

    expect(description).toMatch(beginning);
    expect(description).toContain(message);
    expect(description).toContain(advice);
  });

  it('means that nothing was stored, counts as a lack of resources, and ends its connection', () => {
    expect(classifyError(error)).toBe('rolledBack');
    expect(leavesConnectionUsable(error)).toBe(false);
    expect(toStoreError(error)).toMatchObject({ name: 'StoreUnavailableError', kind: 'resources', cause: error });
  });
});

it.each([
  ['08P01', 'no such database: app'],
  ['08P01', 'server login has been failing, try again later (server_login_retry)'],
  ['08P01', 'server conn crashed?'],
  ['08006', 'no more connections allowed (max_client_conn)'],
  ['57P01', 'terminating connection due to administrator command'],
])('%s %s is another error, of a lost connection', (code, message) => {
  const error = databaseError(code, message);

  expect(describeNoSlot(error)).toBeUndefined();
  expect(classifyError(error)).toBe('lost');
  expect(toStoreError(error)).toMatchObject({ kind: 'connection' });
});
