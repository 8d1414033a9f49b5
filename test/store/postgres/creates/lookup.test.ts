// Lookup of customers on PostgreSQL: one index scan whatever the contents, and IDs in binary.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseDatabaseUrl } from '../../../../server/store/postgres/address/url.ts';
import { clientConfig } from '../../../../server/store/postgres/connection/connect.ts';
import { CREATE, CREATE_BATCH, CREATE_WITH_KEY } from '../../../../server/store/postgres/statements.ts';
import { openPostgresStore } from '../../../../server/store/postgres/store.ts';
import { encodeUuidArray } from '../../../../server/store/postgres/uuid-array.ts';
import { startPostgres } from '../../../support/postgres/postgres.ts';

const postgres = await startPostgres();

afterAll(() => postgres.close());

/** Returns a connection like those of the store to a database with customers. */
async function connectTo(customers: number) {
  const url = await postgres.createDatabase();
  const store = await openPostgresStore({ url });
  onTestFinished(() => store.close());
  const account = await store.addAccount('Lookup');
  await postgres.query(
    url,
    'INSERT INTO customers SELECT $1, gen_random_uuid(), $2 FROM generate_series(1, $3::int8)',
    [account, 'Name', customers],
  );
  await postgres.query(url, 'ANALYZE');
  const client = new pg.Client(clientConfig(parseDatabaseUrl(url), { connectTimeoutMs: 1000, pooled: false }));
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

describe('the plan of a create', () => {
  for (const customers of [0, 5_000])
    it.each([CREATE, CREATE_BATCH, CREATE_WITH_KEY])(
      `looks $name up by account and customers at once, and joins without a loop, with ${customers} customers`,
      async ({ text }) => {
        const client = await connectTo(customers);

        const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN (GENERIC_PLAN, COSTS OFF) ${text}`);

        const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
        expect(plan).toMatch(/Index Cond: \(\(account_id = \$1\) AND \(customer_id = ANY \(\$\d\)\)\)/);
        expect(plan).toMatch(/(Hash|Merge) Full Join/);
      },
    );
});

describe('encodeUuidArray', () => {
  it('encodes IDs that PostgreSQL reads in order and in lower case', async () => {
    const ids = Array.from({ length: 1000 }, () => randomUUID());
    const client = await connectTo(0);

    for (const sent of [ids, ids.map((id) => id.toUpperCase()), ids.slice(0, 1), []]) {
      const { rows } = await client.query('SELECT to_json($1::uuid[]) AS ids', [encodeUuidArray(sent)]);

      expect(rows).toEqual([{ ids: ids.slice(0, sent.length) }]);
    }
  });

  it.each([
    '',
    'owner',
    '00000000-0000-4000-8000-00000000000g',
    '00000000-0000-4000-8000-0000000000',
    '0000000000004000800000000000000000',
  ])('throws for %j', (wrong) => {
    expect(() => encodeUuidArray([randomUUID(), wrong, randomUUID()])).toThrow('UUID');
  });
});
