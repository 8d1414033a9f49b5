// The audit trail in SQLite.
import { v7 as uuidv7 } from 'uuid';
import type { NewEvent, StoredEvent } from '../../events.ts';
import type { Statements } from '../statements.ts';

/** Adds an event inside the transaction of the change. `nowMs` is in milliseconds since 1970-01-01 UTC. */
export function addEvent(statements: Statements, event: NewEvent, actor: string, nowMs: number): void {
  const { account, type, subject, details = {} } = event;
  statements.addEvent.run(account, uuidv7(), nowMs, actor, type, subject, JSON.stringify(details));
}

const PAGE_SIZE = 500;

/** Yields events. Reads page by page, so that a slow consumer does not delay checkpoints. */
export function* listEvents(
  statements: Statements,
  account: string | undefined,
  since: Date,
): Generator<StoredEvent, void> {
  for (let after = ''; ; ) {
    const page = statements.listEvents.all(after, account ?? null, since.getTime(), PAGE_SIZE);
    for (const row of page) {
      after = String(row.event_id);
      yield {
        id: after,
        account: String(row.account_id),
        createdAt: new Date(Number(row.created_at)),
        actor: String(row.actor),
        type: String(row.type) as StoredEvent['type'], // Only `addEvent` writes it.
        subject: String(row.subject),
        details: JSON.parse(String(row.details)),
      };
    }
    if (page.length < PAGE_SIZE) return;
  }
}
