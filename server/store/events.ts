// The audit trail: what commands changed, and who ran them.
import { hostname, userInfo } from 'node:os';

/** What is changed by commands. Creates of organizations are not among them: each organization keeps its request. */
export type EventType =
  | 'account.created'
  | 'account.renamed'
  | 'account.deleted'
  | 'key.created'
  | 'key.rotated'
  | 'key.disabled'
  | 'key.enabled'
  | 'key.pinned'
  | 'key.revoked'
  | 'customers.imported'
  | 'customer.deleted'
  | 'organization.deleted';

/** What a change reports of itself. It is stored in the transaction of the change. */
export interface NewEvent {
  /** ID of the account that was changed. */
  account: string;
  /** What happened. */
  type: EventType;
  /** What it happened to: the name of an account, the client ID of a key, the ID of a customer or an organization. */
  subject: string;
  /** What else is worth knowing. Never a secret. */
  details?: Record<string, string | number | boolean | null>;
}

/** An event in a listing. */
export interface StoredEvent extends Required<NewEvent> {
  /** A UUIDv7, so that the order of IDs is that of time. */
  id: string;
  /** When it happened. */
  createdAt: Date;
  /** Who did it: `user@host`. */
  actor: string;
}

/** Returns the user of the operating system and the host of this process, as `user@host`. */
export function describeActor(): string {
  return `${userName()}@${hostname()}`;
}

/** A user without an entry in the list of users, as in many containers, has a number only. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

/** What a change has done. Its event is stored in the same transaction. */
export interface Change<T> {
  result: T;
  /** None: nothing was changed. */
  event?: NewEvent;
  /** The event of what else was changed in the same transaction, after that. */
  nextEvent?: NewEvent;
}

/** Joins the addition of an account, which may have existed, and of its key. Results in whether it did not exist. */
export function withKey(account: Change<string>, key: Change<void>): Change<boolean> {
  const [event, nextEvent] = [account.event, key.event].filter((each) => each !== undefined);
  return { result: account.event !== undefined, ...(event && { event }), ...(nextEvent && { nextEvent }) };
}
