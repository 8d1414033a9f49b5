// The conventional store on SQLite: node:sqlite as its documentation shows, one transaction per request.
// https://nodejs.org/api/sqlite.html
import { createHash, timingSafeEqual } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { v7 as newId } from 'uuid';
import type { Customer } from '../../../server/store/records.ts';
import { UnknownCustomer } from './unknown-customer.ts';

export function openSqlite(path: string) {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  const findKey = database.prepare(
    'SELECT account_id, secret_sha256 FROM api_keys WHERE client_id = ? AND revoked_at IS NULL',
  );
  const findCustomer = database.prepare(
    'SELECT customer_id AS id, name FROM customers WHERE account_id = ? AND customer_id = ?',
  );
  const addOrganization = database.prepare(
    'INSERT INTO organizations (account_id, organization_id, owner_id, created_at) VALUES (?, ?, ?, ?)',
  );
  const addMember = database.prepare(
    'INSERT INTO organization_members (account_id, organization_id, position, customer_id) VALUES (?, ?, ?, ?)',
  );

  return {
    /** Returns the account of these credentials. */
    authenticate(clientId: string, secret: string): string | undefined {
      const key = findKey.get(clientId);
      const hash = createHash('sha256').update(secret).digest();
      // The table is STRICT, so the column is a BLOB.
      return key && timingSafeEqual(hash, key.secret_sha256 as Uint8Array) ? String(key.account_id) : undefined;
    },

    create(account: string, ownerId: string, memberIds: string[]) {
      const find = (id: string): Customer => {
        const row = findCustomer.get(account, id.toLowerCase());
        if (!row) throw new UnknownCustomer(id);
        return { id: String(row.id), name: String(row.name) };
      };
      const id = newId();
      database.exec('BEGIN');
      try {
        const owner = find(ownerId);
        const members = [...new Set(memberIds)].filter((each) => each !== ownerId).map(find);
        addOrganization.run(account, id, owner.id, Date.now());
        for (const [position, member] of members.entries()) addMember.run(account, id, position, member.id);
        database.exec('COMMIT');
        return { id, owner, members };
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
  };
}
