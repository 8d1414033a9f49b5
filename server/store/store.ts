// The interface of a store, independent of HTTP and of any database.

import { limits } from '../../generated/limits.ts';
import type { StoredEvent } from './events.ts';
import type {
  Account,
  ApiKey,
  ApiKeyUse,
  Customer,
  ListedApiKey,
  Organization,
  OrganizationOrigin,
  StoredOrganization,
} from './records.ts';

/** An organization to create. All IDs are canonical: lower-case UUIDs, members each once and without the owner. */
export interface NewOrganization {
  /** The ID of the account that has these customers. */
  account: string;
  /** A UUID that no organization has. */
  id: string;
  /** The parent customer. */
  ownerId: string;
  /** The members, 0 to 10,000. */
  memberIds: readonly string[];
  /** The request that creates it, for the audit trail. */
  origin?: OrganizationOrigin;
  /** Makes the create repeatable for `IDEMPOTENCY_TTL_MS`. */
  idempotency?: {
    /** The key that the client sent. */
    key: string;
    /** The SHA-256 of the request, 32 bytes. */
    fingerprint: Uint8Array;
  };
}

/** The result of a create, discriminated by `kind`. Only `created` means that anything was changed. */
export type CreateOutcome =
  | {
      kind: 'created';
      /** The organization as stored. */
      organization: Organization;
    }
  | {
      kind: 'replayed';
      /** The organization that the earlier request with this key and fingerprint created. */
      organization: Organization;
    }
  /** An earlier request had this key and another fingerprint. */
  | { kind: 'keyReused' }
  | {
      kind: 'unknownCustomers';
      /** All IDs that are not customers of the account: the owner first, then in the order of the request. */
      ids: string[];
    };

/** The maximum number of organizations that a rejected deletion lists. */
export const ORGANIZATIONS_SHOWN = 10;

/** The result of deleting a customer, discriminated by `kind`. */
export type CustomerDeletion =
  | {
      /** `unknown` means that the account has no such customer. */
      kind: 'deleted' | 'unknown';
    }
  | {
      /** The customer was not deleted, because it belongs to organizations. */
      kind: 'inUse';
      /** The number of organizations that it belongs to, as owner or member. */
      count: number;
      /** The IDs of the first 10 of them, oldest first. */
      organizations: string[];
    };

/** The amount of data of an account. */
export interface AccountContents {
  /** The number of customers. */
  customers: number;
  /** The number of organizations. */
  organizations: number;
  /** The number of keys, including revoked ones. */
  keys: number;
}

/** Options of `Store.deleteAccount`. */
export interface AccountDeletionOptions {
  /** Whether to delete its customers and organizations too. Otherwise an account that has any is not changed. */
  withData?: boolean;
  /** Called with the reason, a sentence, each time the deletion has to wait long for others. PostgreSQL only. */
  onWait?: (reason: string) => void;
}

/** The result of renaming an account. `nameTaken` means that another account has the name. */
export type AccountRenaming = 'renamed' | 'nameTaken' | 'unknown';

/** The result of deleting an account. Only `deleted` means that anything was changed. */
export interface AccountDeletion {
  /** Whether it was deleted. `unknown` means that there is no such account. */
  kind: 'deleted' | 'notEmpty' | 'unknown';
  /** The data that the account had. */
  contents: AccountContents;
}

/** Options of `Store.importCustomers`. */
export interface ImportOptions {
  /** Whether to count only, without changing anything. */
  dryRun?: boolean;
  /** Aborts the import, which then changes nothing. */
  signal?: AbortSignal;
}

/** The number of customers of an import by the change that it made. */
export interface ImportCount {
  /** Customers that were new in the account. */
  added: number;
  /** Customers that existed with another name. */
  renamed: number;
  /** Customers that existed with this name. */
  unchanged: number;
}

/** A reservation of requests in the current window of an API key. */
export interface RequestReservation {
  /** The ID of the account of the key. */
  account: string;
  /** The client ID of the API key. */
  clientId: string;
  /** The number of requests to reserve. */
  requests: number;
  /** The length of a window, in milliseconds. */
  windowMs: number;
}

/** The current window of an API key. */
export interface RequestWindow {
  /** The number of requests in the window, including the new reservation. */
  used: number;
  /** The time in milliseconds until the window ends. */
  remainingMs: number;
}

/** The time in milliseconds for which an idempotency key is kept. */
export const IDEMPOTENCY_TTL_MS = limits.idempotencyKeyHours * 60 * 60 * 1000;

/**
 * A store of accounts, API keys, customers and organizations. Each change by a command is stored with its event.
 * `openSqliteStore` and `openPostgresStore` open one; both pass the same test suite. Every method may reject with a
 * `StoreUnavailableError`.
 */
export interface Store {
  /**
   * Creates an organization atomically. Resolves once it is durable, so that no crash can lose it. Concurrent calls
   * with the same idempotency key create one organization. `pause` is called between the parts of a long read, which
   * goes on when it resolves. Default: after a tick of the event loop.
   *
   * @throws StoreUnavailableError when nothing can currently be stored
   */
  createOrganization(organization: NewOrganization, pause?: () => Promise<void>): Promise<CreateOutcome>;

  /**
   * Returns the key of this client, unless it does not exist, is revoked or disabled, or has expired.
   *
   * @throws StoreUnavailableError
   */
  findApiKey(clientId: string): Promise<ApiKey | undefined>;

  /** Returns the ID of the account with this name. */
  findAccount(name: string): Promise<string | undefined>;

  /** Returns all accounts, sorted by name. */
  listAccounts(): Promise<Account[]>;

  /**
   * Returns the ID of the account with this name, which is created if it does not exist. Concurrent calls return the
   * same ID.
   */
  addAccount(name: string): Promise<string>;

  /**
   * Atomically adds a key to the account with this name, which is created if it does not exist. Returns whether this
   * call created the account; of concurrent calls, only one did.
   */
  addAccountWithKey(name: string, key: Omit<ApiKey, 'account'>): Promise<boolean>;

  /** Adds a key, which is valid from now on. Rejects when the client ID exists. @throws StoreUnavailableError */
  addApiKey(key: ApiKey): Promise<void>;

  /** Returns all keys of an account, revoked ones included, oldest first. */
  listApiKeys(account: string): Promise<ListedApiKey[]>;

  /** Revokes a key. Returns false if it does not exist or is already revoked. */
  revokeApiKey(clientId: string): Promise<boolean>;

  /** Disables or enables a key. Returns false if it does not exist, is revoked, or already has that state. */
  setApiKeyDisabled(clientId: string, isDisabled: boolean): Promise<boolean>;

  /** Pins or unpins a key. Returns false if it does not exist, is revoked, or already has that pin. */
  pinApiKey(clientId: string, version: string | undefined): Promise<boolean>;

  /**
   * Gives a key another secret. The previous secret stays valid until `previousExpiresAt`, and any older one becomes
   * invalid. Returns false if the key does not exist or is revoked.
   */
  rotateApiKey(clientId: string, secretHash: Uint8Array, previousExpiresAt: Date): Promise<boolean>;

  /** Records when keys were last used. A recorded time is never moved back, unless it is in the future. */
  recordApiKeyUses(uses: readonly ApiKeyUse[]): Promise<void>;

  /** Yields the events of an account, or of all accounts, oldest first. Reads them as they are consumed. */
  listEvents(account?: string, since?: Date): AsyncIterable<StoredEvent>;

  /**
   * Adds customers to an account, all or none; existing ones are renamed. IDs must be canonical and unique. Blocks
   * creates for at most some milliseconds at a time. Changes nothing if the source throws or the signal aborts.
   */
  importCustomers(account: string, customers: AsyncIterable<Customer[]>, options?: ImportOptions): Promise<ImportCount>;

  /** Yields the organizations of an account in the order of their creation. Reads them as they are consumed. */
  listOrganizations(account: string, since?: Date): AsyncIterable<StoredOrganization>;

  /** Returns an organization of the account. */
  findOrganization(account: string, id: string): Promise<StoredOrganization | undefined>;

  /** Deletes an organization with the responses of its idempotency keys. Returns false if there is none. */
  deleteOrganization(account: string, id: string): Promise<boolean>;

  /** Yields the customers of an account in the order of their IDs. Reads them as they are consumed. */
  listCustomers(account: string): AsyncIterable<Customer>;

  /** Returns a customer of the account. */
  findCustomer(account: string, id: string): Promise<Customer | undefined>;

  /** Deletes a customer that belongs to no organization. */
  deleteCustomer(account: string, id: string): Promise<CustomerDeletion>;

  /** Counts the data of an account. */
  countContents(account: string): Promise<AccountContents>;

  /** Renames an account. */
  renameAccount(account: string, name: string): Promise<AccountRenaming>;

  /** Deletes an account with its keys. Returns the data that it had. */
  deleteAccount(account: string, options?: AccountDeletionOptions): Promise<AccountDeletion>;

  /**
   * Adds requests to the current window of an API key; starts a window if there is none. Only stores that several
   * processes share implement it.
   *
   * @throws StoreUnavailableError
   */
  reserveRequests?(reservation: RequestReservation): Promise<RequestWindow>;

  /** Deletes up to `limit` expired idempotency keys, and returns how many were deleted. */
  purgeIdempotencyKeys(limit: number): Promise<number>;

  /** Returns whether there are no accounts. */
  isEmpty(): Promise<boolean>;

  /**
   * Checks that creates can succeed: rehearses one, and the last call that failed because of damage or a missing
   * privilege.
   *
   * @throws StoreUnavailableError
   */
  check(): Promise<void>;

  /**
   * Returns the minimum by which the clock of this host was ahead of the clock of the database at the last check, in
   * milliseconds; negative if it was behind. Only stores with a clock of their own implement it.
   */
  findClockSkewMs?(): number;

  /** Counts connections. Only stores that have any implement it. */
  countConnections?(): ConnectionCount;

  /**
   * Waits for pending operations, then closes all files and connections.
   *
   * @throws StoreUnavailableError when closing would damage the database
   */
  close(): Promise<void>;
}

/** Receives reports of a store, for metrics. */
export interface StoreObserver {
  /** Called when `size` writes were made durable together, which took `durationMs` milliseconds. Must not throw. */
  onCommit(size: number, durationMs: number): void;
}

/** Connections of a store to its database. */
export interface ConnectionCount {
  /** Connections that are used by a call. */
  used: number;
  /** Connections that are open but unused. */
  idle: number;
  /** Calls that wait for a connection. */
  waiting: number;
  /** The maximum number of used and idle connections. */
  limit: number;
}
