// Lists organizations and customers in SQLite page by page, so that a slow consumer does not delay checkpoints.
import type { Customer, OrganizationOrigin, StoredOrganization } from '../../records.ts';
import type { Statements } from '../statements.ts';

type Row = Record<string, unknown>;

/** The number of rows that are read at once. */
const PAGE_SIZE = 500;

/** Yields organizations in the order of creation, which is that of their IDs (UUIDv7). */
export function* listOrganizations(
  statements: Statements,
  account: string,
  since: Date,
): Generator<StoredOrganization, void> {
  for (let after = ''; ; ) {
    const page = statements.listOrganizations.all(account, after, since.getTime(), PAGE_SIZE);
    for (const row of page) {
      after = String(row.organization_id);
      yield toOrganization(statements, account, row);
    }
    if (page.length < PAGE_SIZE) return;
  }
}

/** Implements `Store.findOrganization`. */
export function findOrganization(statements: Statements, account: string, id: string): StoredOrganization | undefined {
  const row = statements.findOrganization.get(account, id);
  return row && toOrganization(statements, account, row);
}

function toOrganization(statements: Statements, account: string, row: Row): StoredOrganization {
  const id = String(row.organization_id);
  const parties = statements.listParties.all(account, id);
  const [owner, ...members] = parties.map((party) => ({ id: String(party.customer_id), name: String(party.name) }));
  if (!owner) throw new Error(`Organization ${id} has no owner.`);
  return { id, owner, members, createdAt: new Date(Number(row.created_at)), origin: toOrigin(row) };
}

function toOrigin(row: Row): OrganizationOrigin | undefined {
  if (row.client_id === null) return undefined;
  const [clientId, requestId, apiVersion] = [row.client_id, row.request_id, row.api_version].map(String);
  return { clientId: clientId ?? '', requestId: requestId ?? '', apiVersion: apiVersion ?? '' };
}

/** Yields customers in the order of their IDs. */
export function* listCustomers(statements: Statements, account: string): Generator<Customer, void> {
  for (let after = ''; ; ) {
    const page = statements.listCustomers.all(account, after, PAGE_SIZE);
    for (const row of page) {
      after = String(row.customer_id);
      yield { id: after, name: String(row.name) };
    }
    if (page.length < PAGE_SIZE) return;
  }
}
