// Lists organizations in PostgreSQL. Each page is a separate read, so that a slow consumer keeps nothing open.
import { NIL } from 'uuid';
import type { Customer, OrganizationOrigin, StoredOrganization } from '../../records.ts';
import type { Query } from '../connection/query.ts';
import { FIND_ORGANIZATION, LIST_MEMBERS, LIST_ORGANIZATIONS } from '../statements.ts';
import { encodeUuidArray } from '../uuid-array.ts';

interface OrganizationRow {
  organization_id: string;
  created_at: Date;
  client_id: string | null;
  request_id: string | null;
  api_version: string | null;
  customer_id: string;
  name: string;
}

interface MemberRow {
  organization_id: string;
  position: number;
  customer_id: string;
  name: string;
}

const PAGE_SIZE = 500;
const MEMBERS_PAGE_SIZE = 5000;

/**
 * Yields organizations in the order of creation, which is that of UUIDv7. They never change, so pages are consistent.
 */
export async function* listOrganizations(read: Query, account: string, since: Date): AsyncIterable<StoredOrganization> {
  for (let after: string = NIL; ; ) {
    const values = [account, after, since.toISOString(), PAGE_SIZE];
    const page = await read<OrganizationRow>({ text: LIST_ORGANIZATIONS, values });
    yield* withMembers(read, account, page);
    const last = page.at(-1);
    if (!last || page.length < PAGE_SIZE) return;
    after = last.organization_id;
  }
}

/** Returns one organization of the account. */
export async function findOrganization(
  read: Query,
  account: string,
  id: string,
): Promise<StoredOrganization | undefined> {
  const rows = await read<OrganizationRow>({ text: FIND_ORGANIZATION, values: [account, id] });
  for await (const organization of withMembers(read, account, rows)) return organization;
  return undefined;
}

/** Adds members to a page. They are sorted by organization, so one is complete when the next begins. */
async function* withMembers(read: Query, account: string, page: OrganizationRow[]): AsyncIterable<StoredOrganization> {
  const members = readMembers(
    read,
    account,
    page.map((row) => row.organization_id),
  )[Symbol.asyncIterator]();
  let next = await members.next();
  for (const row of page) {
    const mine: Customer[] = [];
    while (!next.done && next.value.organization_id === row.organization_id) {
      mine.push({ id: next.value.customer_id, name: next.value.name });
      next = await members.next();
    }
    const owner = { id: row.customer_id, name: row.name };
    yield { id: row.organization_id, owner, members: mine, createdAt: row.created_at, origin: toOrigin(row) };
  }
}

async function* readMembers(read: Query, account: string, ids: string[]): AsyncIterable<MemberRow> {
  if (ids.length === 0) return;
  for (let after: [string, number] = [NIL, -1]; ; ) {
    const values = [account, encodeUuidArray(ids), ...after, MEMBERS_PAGE_SIZE];
    const rows = await read<MemberRow>({ text: LIST_MEMBERS, values });
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < MEMBERS_PAGE_SIZE) return;
    after = [last.organization_id, last.position];
  }
}

function toOrigin({ client_id, request_id, api_version }: OrganizationRow): OrganizationOrigin | undefined {
  if (client_id === null || request_id === null || api_version === null) return undefined;
  return { clientId: client_id, requestId: request_id, apiVersion: api_version };
}
