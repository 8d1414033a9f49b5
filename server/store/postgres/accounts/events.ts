// The audit trail in PostgreSQL.
import { NIL, v7 as uuidv7 } from 'uuid';
import type { NewEvent, StoredEvent } from '../../events.ts';
import type { Query } from '../connection/query.ts';

/** Adds an event inside the transaction of the change. `createdAt` is in ISO 8601. */
export async function addEvent(query: Query, event: NewEvent, actor: string, createdAt: string): Promise<void> {
  const { account, type, subject, details = {} } = event;
  await query({
    text: `INSERT INTO events (account_id, event_id, created_at, actor, type, subject, details)
           VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    values: [account, uuidv7(), createdAt, actor, type, subject, JSON.stringify(details)],
  });
}

interface EventRow {
  account_id: string;
  event_id: string;
  created_at: Date;
  actor: string;
  type: StoredEvent['type'];
  subject: string;
  details: string;
}

const PAGE_SIZE = 500;

/** Yields events. Each page is a separate read, so that a slow consumer keeps nothing open. */
export async function* listEvents(query: Query, account: string | undefined, since: Date): AsyncIterable<StoredEvent> {
  for (let after: string = NIL; ; ) {
    const page = await query<EventRow>({
      text: `SELECT account_id, event_id, created_at, actor, type, subject, details FROM events
             WHERE event_id > $1 AND ($2::uuid IS NULL OR account_id = $2) AND created_at >= $3
             ORDER BY event_id LIMIT $4`,
      values: [after, account ?? null, since.toISOString(), PAGE_SIZE],
    });
    for (const { account_id, event_id, created_at, details, ...rest } of page)
      yield { ...rest, id: event_id, account: account_id, createdAt: created_at, details: JSON.parse(details) };
    const last = page.at(-1);
    if (!last || page.length < PAGE_SIZE) return;
    after = last.event_id;
  }
}
