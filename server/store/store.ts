// What the server keeps, and the one interface through which it does. Knows nothing of HTTP, nor of any database.

export interface Customer {
  id: string;
  name: string;
}

export interface Organization {
  id: string;
  owner: Customer;
  members: Customer[];
}

/** An organization to create. All IDs are canonical: lower-case UUIDs, members each once and without the owner. */
export interface NewOrganization {
  account: string;
  id: string;
  ownerId: string;
  memberIds: readonly string[];
  /** Makes the creation repeatable for 24 hours. The fingerprint (SHA-256) tells whether the repeated request is the same. */
  idempotency?: { key: string; fingerprint: Uint8Array };
}

export type CreateOutcome =
  | { kind: 'created'; organization: Organization }
  /** The key came before with the same fingerprint: this is what was created then. Nothing was created now. */
  | { kind: 'replayed'; organization: Organization }
  /** The key came before with another fingerprint. */
  | { kind: 'keyReused' }
  /** All IDs that are not customers of the account, in the order of the request, the owner first. */
  | { kind: 'unknownCustomers'; ids: string[] };

/** An API key as stored: never the secret, only its SHA-256. */
export interface ApiKey {
  account: string;
  clientId: string;
  secretHash: Uint8Array;
  pinnedVersion: string | undefined;
}

export interface Account {
  id: string;
  name: string;
}

/** What may be told of a key. */
export interface ListedApiKey {
  clientId: string;
  pinnedVersion: string | undefined;
  createdAt: Date;
  revokedAt: Date | undefined;
}

export interface StoredOrganization extends Organization {
  createdAt: Date;
}

export interface ImportOptions {
  /** Count only, change nothing. */
  dryRun?: boolean;
  signal?: AbortSignal;
}

export interface ImportCount {
  added: number;
  renamed: number;
  unchanged: number;
}

export interface RequestWindow {
  account: string;
  clientId: string;
  requests: number;
  windowMs: number;
}

/** For how long an idempotency key is remembered, in milliseconds. */
export const IDEMPOTENCY_TTL_MS = 24 * 60 * 60 * 1000;

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
  takeRequests?(window: RequestWindow): Promise<{ used: number; msLeft: number }>;

  /** Forgets at most so many idempotency keys that are past their time, and gives how many those were. */
  purgeIdempotencyKeys(limit: number): Promise<number>;

  /** Whether nothing was ever stored. */
  isEmpty(): Promise<boolean>;

  /** Resolves when the store can read and write. @throws StoreUnavailable */
  check(): Promise<void>;

  /** Resolves when everything that was begun is stored, and all files and connections are closed. */
  close(): Promise<void>;
}

/** The store cannot do its work at the moment: its disk is full, its file locked, its server gone. Trying again later may help. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** The store cannot be opened at all. The message says why, and what to do, in one line. */
export class StoreNotUsable extends Error {
  override readonly name = 'StoreNotUsable';
}
