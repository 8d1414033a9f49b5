// The errors of a store.

/**
 * The store is temporarily unavailable, for example because its disk is full, its file is locked or its server is down.
 * A later retry may succeed.
 *
 * @example
 * await store.check().catch((error: unknown) => {
 *   if (!(error instanceof StoreUnavailableError)) throw error;
 *   console.error(error.message, error.cause);
 * });
 */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
  /** The kind of error, for metrics. */
  readonly kind: StoreErrorKind;
  /** Whether the change of a command may have been made, or may still be made. Always false for creates. */
  readonly mayBeStored: boolean;

  constructor(
    message: string,
    {
      kind = 'other',
      mayBeStored = false,
      ...options
    }: ErrorOptions & { kind?: StoreErrorKind; mayBeStored?: boolean } = {},
  ) {
    super(message, options);
    this.kind = kind;
    this.mayBeStored = mayBeStored;
  }
}

/** The reasons for which a store is unavailable. */
export const STORE_ERROR_KINDS = [
  /** Another process holds a lock. */
  'locked',
  /** The disk is full. */
  'full',
  /** A file cannot be read or written, or was deleted or replaced. */
  'file',
  /** The database is read-only, as on a standby. */
  'readOnly',
  /** The connection failed or broke. */
  'connection',
  /** The operation exceeded its time limit. */
  'timeout',
  /** Commits wait for a synchronous standby. */
  'standby',
  /** The database lacks connections, memory or another resource. */
  'resources',
  /** The role lacks a privilege. */
  'denied',
  /** Stored data can no longer be read. */
  'damaged',
  /** Something else has changed the tables, for example by a constraint or a trigger. */
  'schema',
  /** Conflicts with others lasted until the time limit. */
  'conflict',
  'other',
] as const;

/** The reason for which a store is unavailable, for metrics. */
export type StoreErrorKind = (typeof STORE_ERROR_KINDS)[number];

/**
 * The store cannot be opened. The message says in one line why, and what to do.
 *
 * @example
 * const store = await openPostgresStore({ url: 'postgres://localhost/app' }).catch((error: unknown) => {
 *   if (!(error instanceof StoreOpenError)) throw error;
 *   console.error(error.message);
 *   process.exit(1);
 * });
 */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
  /** Whether the store may soon be available, for example because its server is starting up. */
  readonly mayPass: boolean;
  /** Whether a migration may have been applied, or may still be applied. */
  readonly mayBeStored: boolean;

  constructor(
    message: string,
    {
      mayPass = false,
      mayBeStored = false,
      ...options
    }: ErrorOptions & { mayPass?: boolean; mayBeStored?: boolean } = {},
  ) {
    super(message, options);
    this.mayPass = mayPass;
    this.mayBeStored = mayBeStored;
  }
}

/** The privileges that a role of PostgreSQL needs, as advice. */
export const GRANT_ADVICE =
  'Grant this role SELECT, INSERT, UPDATE and DELETE on the tables, and exempt it from row security (BYPASSRLS)';
