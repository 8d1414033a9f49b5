// The interface of a store. Knows nothing of HTTP, nor of any database.

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
  /** ID of the account whose customers these are. */
  account: string;
  /** A UUID that no organization has. */
  id: string;
  /** The parent customer. */
  ownerId: string;
  /** 0 to 10,000. */
  memberIds: readonly string[];
  /** The request that asks for it, for the audit trail. */
  origin?: OrganizationOrigin;
  /** Makes the create repeatable for `IDEMPOTENCY_TTL_MS`. */
  idempotency?: {
    /** As the client sent it. */
    key: string;
    /** Equal for equal requests: a SHA-256, 32 bytes. */
    fingerprint: Uint8Array;
  };
}

/** The result of a create, discriminated by `kind`. Only `created` has changed anything. */
export type CreateOutcome =
  | {
      kind: 'created';
      /** As stored. */
      organization: Organization;
    }
  | {
      kind: 'replayed';
      /** What was created by the earlier request with this key and fingerprint. Nothing was created now. */
      organization: Organization;
    }
  /** An earlier request had this key and another fingerprint. */
  | { kind: 'keyReused' }
  | {
      kind: 'unknownCustomers';
      /** All IDs that are not customers of the account: the owner first, then in the order of the request. */
      ids: string[];
    };

/** The most organizations that a refused deletion names. */
export const ORGANIZATIONS_SHOWN = 10;

/** The result of deleting a customer, discriminated by `kind`. */
export type CustomerDeletion =
  | {
      /** `unknown`: the account has no such customer. */
      kind: 'deleted' | 'unknown';
    }
  | {
      /** It was not deleted, because it belongs to organizations. */
      kind: 'inUse';
      /** How many organizations it belongs to, as owner or member. */
      count: number;
      /** IDs of the first 10, oldest first. */
      organizations: string[];
    };

/** How much an account has. */
export interface AccountContents {
  /** How many customers. */
  customers: number;
  /** How many organizations. */
  organizations: number;
  /** Revoked ones included. */
  keys: number;
}

/** Options of `Store.deleteAccount`. */
export interface AccountDeletionOptions {
  /** Also delete its customers and organizations. Without it, an account that has any is not changed. */
  withData?: boolean;
  /** Called with the reason, a sentence, each time that the deletion has to wait long for others. PostgreSQL only. */
  onWait?: (reason: string) => void;
}

/** The result of renaming an account. Only `renamed` has changed anything; `nameTaken`: another one has the name. */
export type AccountRenaming = 'renamed' | 'nameTaken' | 'unknown';

/** The result of deleting an account. Only `deleted` has changed anything. */
export interface AccountDeletion {
  /** Whether it was deleted. `unknown`: there is no such account. */
  kind: 'deleted' | 'notEmpty' | 'unknown';
  /** What the account had. */
  contents: AccountContents;
}

/** Options of `Store.importCustomers`. */
export interface ImportOptions {
  /** Count only, change nothing. */
  dryRun?: boolean;
  /** Aborts the import, which then changes nothing. */
  signal?: AbortSignal;
}

/** Customers of an import by what happened to them. */
export interface ImportCount {
  /** New in the account. */
  added: number;
  /** Existed with another name. */
  renamed: number;
  /** Existed with this name. */
  unchanged: number;
}

/** Requests of an API key that are reserved in its current window. */
export interface RequestReservation {
  /** ID of the account of the key. */
  account: string;
  /** The API key. */
  clientId: string;
  /** How many to reserve. */
  requests: number;
  /** The length of a window, in milliseconds. */
  windowMs: number;
}

/** The current window of an API key. */
export interface RequestWindow {
  /** Requests in it, those reserved last included. */
  used: number;
  /** Milliseconds until it ends. */
  remainingMs: number;
}

/** How long an idempotency key is kept, in milliseconds. */
export const IDEMPOTENCY_TTL_MS = limits.idempotencyKeyHours * 60 * 60 * 1000;

/**
 * Keeps accounts, API keys, customers and organizations. Each change by a command is stored with its event.
 * `openSqliteStore` and `openPostgresStore` open one; both pass the same test suite. Every method may reject with a
 * `StoreUnavailableError`.
 */
export interface Store {
  /**
   * Creates an organization atomically. Resolves once it is durable: no crash loses it from then on. Concurrent calls
   * with the same idempotency key create one organization.
   *
   * @throws StoreUnavailableError when nothing can be stored at the moment
   */
  createOrganization(organization: NewOrganization): Promise<CreateOutcome>;

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
   * Returns the ID of the account with this name, which is created if it does not exist. Concurrent calls get the same
   * ID.
   */
  addAccount(name: string): Promise<string>;

  /**
   * Adds a key to the account with this name, which is created if it does not exist, or neither. Returns whether this
   * call has created the account: of concurrent calls, one has.
   */
  addAccountWithKey(name: string, key: Omit<ApiKey, 'account'>): Promise<boolean>;

  /** Adds a key, which is valid from now on. Rejects when the client ID exists. @throws StoreUnavailableError */
  addApiKey(key: ApiKey): Promise<void>;

  /** Returns all keys of an account, revoked ones included, oldest first. */
  listApiKeys(account: string): Promise<ListedApiKey[]>;

  /** Revokes a key. Returns false if it does not exist or is already revoked. */
  revokeApiKey(clientId: string): Promise<boolean>;

  /** Disables or enables a key. Returns false if it does not exist, is revoked, or is so already. */
  setApiKeyDisabled(clientId: string, isDisabled: boolean): Promise<boolean>;

  /**
   * Pins a key to a version of the API, or to none. Returns false if it does not exist, is revoked, or is so already.
   */
  pinApiKey(clientId: string, version: string | undefined): Promise<boolean>;

  /**
   * Gives a key another secret. The one before is valid until then, and the one before that no more. Returns false if
   * the key does not exist or is revoked.
   */
  rotateApiKey(clientId: string, secretHash: Uint8Array, previousExpiresAt: Date): Promise<boolean>;

  /** Notes when keys were last used. Does not make a note earlier, unless that is in the future. */
  recordApiKeyUses(uses: readonly ApiKeyUse[]): Promise<void>;

  /** Yields the events of an account, or of all accounts, oldest first. Reads them as they are consumed. */
  listEvents(account?: string, since?: Date): AsyncIterable<StoredEvent>;

  /**
   * Adds customers to an account, all or none; existing ones are renamed. IDs are canonical and unique. Blocks creates
   * for some milliseconds at a time at most. Changes nothing when the source throws or the signal aborts.
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

  /** Returns what an account has. */
  countContents(account: string): Promise<AccountContents>;

  /** Renames an account. */
  renameAccount(account: string, name: string): Promise<AccountRenaming>;

  /** Deletes an account with its keys. Returns what it had. */
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
   * Resolves when creates can succeed: rehearses one, and the last call that failed because of damage or a missing
   * privilege.
   *
   * @throws StoreUnavailableError
   */
  check(): Promise<void>;

  /**
   * Returns how far the clock of this host was ahead of the clock of the database at the last check, at least, in
   * milliseconds; negative: behind. Only stores with a clock of their own implement it.
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

/** What a store reports of its work, for metrics. */
export interface StoreObserver {
  /** Called when `size` writes were made durable together, which took `durationMs` milliseconds. Must not throw. */
  onCommit(size: number, durationMs: number): void;
}

/** Connections of a store to its database. */
export interface ConnectionCount {
  /** At work for a call. */
  used: number;
  /** Open, and at nobody's service. */
  idle: number;
  /** Calls that wait for a connection. */
  waiting: number;
  /** The maximum of those that are used or idle. */
  limit: number;
}
