// The audit trail: the changes that commands made, and who ran them.
import { hostname, userInfo } from 'node:os';

/** The changes by commands. Creates of organizations are not included, because each organization keeps its request. */
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

/** The event of a change, which is stored in its transaction. */
export interface NewEvent {
  /** The ID of the account that was changed. */
  account: string;
  /** The type of the change. */
  type: EventType;
  /** What was changed: the name of an account, the client ID of a key, or the ID of a customer or organization. */
  subject: string;
  /** Additional information, which never contains a secret. */
  details?: Record<string, string | number | boolean | null>;
}

/** An event in a listing. */
export interface StoredEvent extends Required<NewEvent> {
  /** A UUIDv7, so that IDs sort by time. */
  id: string;
  /** The time of the change. */
  createdAt: Date;
  /** Who made the change: `user@host`. */
  actor: string;
}

/** Returns the user of the operating system and the host of this process, as `user@host`. */
export function describeActor(): string {
  return `${userName()}@${hostname()}`;
}

/** Returns the name of the user, or the number of one without an entry in the list of users, as in many containers. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

/** The result of a change. Its event is stored in the same transaction. */
export interface Change<T> {
  result: T;
  /** The event; undefined if nothing was changed. */
  event?: NewEvent;
  /** The event of a second change in the same transaction. */
  nextEvent?: NewEvent;
}

/**
 * Combines adding an account, which may already exist, with adding its key. The result is whether the account is new.
 */
export function withKey(account: Change<string>, key: Change<void>): Change<boolean> {
  const [event, nextEvent] = [account.event, key.event].filter((each) => each !== undefined);
  return { result: account.event !== undefined, ...(event && { event }), ...(nextEvent && { nextEvent }) };
}
