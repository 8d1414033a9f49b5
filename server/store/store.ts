// What the server keeps, and the one interface through which it does. Knows nothing of HTTP, nor of any database.

/** A customer of an account. */
export interface Customer {
  /** A UUID in lower case. */
  id: string;
  /** The legal name. */
  name: string;
}

/** An organization, with the names of its customers. */
export interface Organization {
  /** A UUIDv7 in lower case. */
  id: string;
  /** The parent customer. */
  owner: Customer;
  /** Without the owner, each once, in the order of the request. */
  members: Customer[];
}

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
  /** Makes the creation repeatable for 24 hours. The fingerprint (SHA-256) tells whether the repeated request is the same. */
  idempotency?: {
    /** As the client sent it. */
    key: string;
    /** Equal for requests that mean the same: 32 bytes. */
    fingerprint: Uint8Array;
  };
}

/** What became of a creation; `kind` tells which. Only `created` has changed anything. */
export type CreateOutcome =
  | {
      kind: 'created';
      /** What is stored now. */
      organization: Organization;
    }
  | {
      kind: 'replayed';
      /** The key came before with the same fingerprint: this is what was created then. Nothing was created now. */
      organization: Organization;
    }
  /** The key came before with another fingerprint. */
  | { kind: 'keyReused' }
  | {
      kind: 'unknownCustomers';
      /** All IDs that are not customers of the account, in the order of the request, the owner first. */
      ids: string[];
    };

/** An API key as stored: never the secret, only its SHA-256. */
export interface ApiKey {
  /** ID of the account that it lets in. */
  account: string;
  /** The user name of HTTP Basic. No two keys have the same. */
  clientId: string;
  /** As `hashSecret` gives it: 32 bytes. */
  secretHash: Uint8Array;
  /** The version that answers are in when a request names none; undefined: the newest. */
  pinnedVersion: string | undefined;
}

/** Whose customers, keys and organizations are kept apart from those of others. */
export interface Account {
  /** A UUID in lower case. */
  id: string;
  /** What people call it. No two accounts have the same. */
  name: string;
}

/** What may be told of a key. */
export interface ListedApiKey {
  /** The user name of HTTP Basic. */
  clientId: string;
  /** The version that answers are in when a request names none; undefined: the newest. */
  pinnedVersion: string | undefined;
  /** When it was added. */
  createdAt: Date;
  /** From when on it lets nobody in; undefined: it does. */
  revokedAt: Date | undefined;
}

/** An organization in a listing. */
export interface StoredOrganization extends Organization {
  /** When it was created. */
  createdAt: Date;
}

/** How customers are imported. */
export interface ImportOptions {
  /** Count only, change nothing. */
  dryRun?: boolean;
  /** Ends the import: nothing has changed then. */
  signal?: AbortSignal;
}

/** What an import did to so many customers. */
export interface ImportCount {
  /** New in the account. */
  added: number;
  /** Had another name before. */
  renamed: number;
  /** Were there, with this name. */
  unchanged: number;
}

/** Requests of an API key, to be counted. */
export interface RequestWindow {
  /** ID of the account of the key. */
  account: string;
  /** The API key. */
  clientId: string;
  /** How many to add. */
  requests: number;
  /** How long a window lasts, in milliseconds. */
  windowMs: number;
}

/** For how long an idempotency key is remembered, in milliseconds. */
export const IDEMPOTENCY_TTL_MS = 24 * 60 * 60 * 1000;

/**
 * Where the server keeps everything. `openSqliteStore` and `openPostgresStore` give one; all of them pass one suite of tests. Every method
 * may reject with `StoreUnavailable`.
 */
export interface Store {
  /**
   * Creates an organization, whole or not at all. Resolves only when it is durable: from then on no crash loses it. Calls that run at once
   * with the same idempotency key give one organization.
   *
   * @throws StoreUnavailable when nothing can be stored at the moment
   */
  createOrganization(organization: NewOrganization): Promise<CreateOutcome>;

  /** The key of this client, unless there is none or it is revoked. @throws StoreUnavailable */
  findApiKey(clientId: string): Promise<ApiKey | undefined>;

  /** The ID of the account with this name. */
  findAccount(name: string): Promise<string | undefined>;

  /** All accounts, by name. */
  listAccounts(): Promise<Account[]>;

  /** Gives the ID of the account with this name, which is added if there is none. Two at once with one name get the same ID. */
  addAccount(name: string): Promise<string>;

  /** Adds a key, in force from now on. Rejects when there is one with this client ID. @throws StoreUnavailable */
  addApiKey(key: ApiKey): Promise<void>;

  /** All keys of an account, revoked ones too, oldest first. */
  listApiKeys(account: string): Promise<ListedApiKey[]>;

  /** From now on the key lets nobody in. False if there is no such key, or it is revoked already. */
  revokeApiKey(clientId: string): Promise<boolean>;

  /**
   * Adds customers to an account, all or none; one that exists is renamed. IDs are canonical, each comes once. Creates go on meanwhile, for all but the last
   * moment. When the source or the signal ends it early, nothing has changed.
   */
  importCustomers(account: string, customers: AsyncIterable<Customer[]>, options?: ImportOptions): Promise<ImportCount>;

  /** Organizations of an account in the order of their creation, read as they are consumed. */
  listOrganizations(account: string, since?: Date): AsyncIterable<StoredOrganization>;

  /**
   * Only stores that many processes share have this: adds so many requests to the current window of an API key, begins a window if there is none, and
   * gives how many it has now, and for how many more milliseconds it lasts. @throws StoreUnavailable
   */
  takeRequests?(window: RequestWindow): Promise<{
    /** Requests in the window, these included. */
    used: number;
    /** Milliseconds until it is over. */
    msLeft: number;
  }>;

  /** Forgets at most so many idempotency keys that are past their time, and gives how many those were. */
  purgeIdempotencyKeys(limit: number): Promise<number>;

  /** Whether nothing was ever stored. */
  isEmpty(): Promise<boolean>;

  /** Resolves when the store can read and write. @throws StoreUnavailable */
  check(): Promise<void>;

  /** Resolves when everything that was begun is stored, and all files and connections are closed. @throws StoreUnavailable when closing would do more damage */
  close(): Promise<void>;
}

/**
 * The store cannot do its work at the moment: its disk is full, its file locked, its server gone. Trying again later may help.
 *
 * @example
 * await store.check().catch((error: unknown) => {
 *   if (!(error instanceof StoreUnavailable)) throw error;
 *   console.error(error.message, error.cause);
 * });
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/**
 * The store cannot be opened at all. The message says why, and what to do, in one line.
 *
 * @example
 * const store = await openPostgresStore({ url: 'postgres://localhost/app' }).catch((error: unknown) => {
 *   if (!(error instanceof StoreNotUsable)) throw error;
 *   console.error(error.message);
 *   process.exit(1);
 * });
 */
export class StoreNotUsable extends Error {
  override readonly name = 'StoreNotUsable';
}
