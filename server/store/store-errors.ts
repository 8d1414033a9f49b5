// The errors of a store.

/**
 * The store is unavailable at the moment: its disk is full, its file locked, its server gone. A retry later may
 * succeed.
 *
 * @example
 * await store.check().catch((error: unknown) => {
 *   if (!(error instanceof StoreUnavailableError)) throw error;
 *   console.error(error.message, error.cause);
 * });
 */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
  /** For metrics. */
  readonly kind: StoreErrorKind;
  /** Whether a change of a command may have been made, or may be made yet. Always false for creates. */
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

/** What makes a store unavailable. */
export const STORE_ERROR_KINDS = [
  /** Another process has locked what is needed. */
  'locked',
  /** The disk is full. */
  'full',
  /** A file cannot be read or written, or was deleted or replaced. */
  'file',
  /** Nothing may be written, as on a standby. */
  'readOnly',
  /** There is no connection, or it broke. */
  'connection',
  /** It took longer than the time limit. */
  'timeout',
  /** Commits wait for a synchronous standby. */
  'standby',
  /** The database lacks connections, memory or another resource. */
  'resources',
  /** This role may not do it. */
  'denied',
  /** What is stored cannot be read any more. */
  'damaged',
  /** Something else has changed the tables, such as by a constraint or a trigger. */
  'schema',
  /** Conflicts with others lasted until the time limit. */
  'conflict',
  'other',
] as const;

/** What makes a store unavailable, for metrics. */
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
  /** Whether the store may be there in a moment, as one whose server is starting up. */
  readonly mayPass: boolean;
  /** Whether a migration may have been applied, or may be yet. */
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

/** What a role of PostgreSQL needs. */
export const GRANT_ADVICE =
  'Grant this role SELECT, INSERT, UPDATE and DELETE on the tables, and exempt it from row security (BYPASSRLS)';
