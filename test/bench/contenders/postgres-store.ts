// The store of both conventional contenders on PostgreSQL: a pool of pg, and transactions as its documentation shows.
// https://node-postgres.com/features/pooling and https://node-postgres.com/features/transactions
import { createHash, timingSafeEqual } from 'node:crypto';
import pg from 'pg';
import { v7 as newId } from 'uuid';
import type { Customer } from '../../../server/store/records.ts';
import { UnknownCustomer } from './unknown-customer.ts';

export function openPostgres(connectionString: string) {
  const pool = new pg.Pool({ connectionString });

  return {
    /** Returns the account of these credentials. */
    async authenticate(clientId: string, secret: string): Promise<string | undefined> {
      const { rows } = await pool.query<{ account_id: string; secret_sha256: Buffer }>(
        'SELECT account_id, secret_sha256 FROM api_keys WHERE client_id = $1 AND revoked_at IS NULL',
        [clientId],
      );
      const hash = createHash('sha256').update(secret).digest();
      return rows[0] && timingSafeEqual(hash, rows[0].secret_sha256) ? rows[0].account_id : undefined;
    },

    /** Customers and members go in one statement each, which saves a round trip per row. */
    async create(account: string, ownerId: string, memberIds: string[]) {
      const id = newId();
      const others = [...new Set(memberIds)].filter((each) => each !== ownerId);
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const { rows } = await client.query<Customer>(
          'SELECT customer_id AS id, name FROM customers WHERE account_id = $1 AND customer_id = ANY($2)',
          [account, [ownerId, ...others]],
        );
        const known = new Map(rows.map((row) => [row.id, row]));
        const find = (customerId: string): Customer => {
          const customer = known.get(customerId.toLowerCase());
          if (!customer) throw new UnknownCustomer(customerId);
          return customer;
        };
        const owner = find(ownerId);
        const members = others.map(find);
        await client.query(
          'INSERT INTO organizations (account_id, organization_id, owner_id, created_at) VALUES ($1, $2, $3, now())',
          [account, id, ownerId],
        );
        await client.query(
          `INSERT INTO organization_members (account_id, organization_id, position, customer_id)
           SELECT $1, $2, position - 1, customer_id
           FROM unnest($3::uuid[]) WITH ORDINALITY AS m (customer_id, position)`,
          [account, id, others],
        );
        await client.query('COMMIT');
        return { id, owner, members };
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      } finally {
        client.release();
      }
    },
  };
}
