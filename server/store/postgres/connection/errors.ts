// Classifies errors of PostgreSQL by SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html).
import pg from 'pg';
import { type StoreErrorKind, StoreUnavailableError } from '../../store-errors.ts';
import { describeNoSlot } from './no-slot.ts';

/**
 * - `rolledBack`: nothing was stored, and a retry may succeed at once.
 * - `lost`: the connection broke before the result arrived, so the statement may have been stored.
 * - `unavailable`: nothing was stored, and a retry will not succeed for a while.
 */
type FailureKind = 'rolledBack' | 'lost' | 'unavailable';

const ROLLED_BACK = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '23503', // foreign_key_violation: a customer was deleted during the create, which the next try sees
]);

/** The error of `lock_timeout`. */
const LOCK_NOT_AVAILABLE = '55P03';

/** A role lacks a privilege, or a row-level policy forbids it. */
export const INSUFFICIENT_PRIVILEGE = '42501';

/** read_only_sql_transaction: the server is a standby, or a primary that is being replaced. */
const READ_ONLY = '25006';

/** A page of a table or an index cannot be read. */
const DAMAGED = new Set(['XX001', 'XX002']);

/** division_by_zero: `requireStored` in the statements has detected that rows of a create were dropped. */
const NOT_STORED = '22012';

/**
 * The states that mean that something else has changed the tables: the statements of this package work with its own.
 * The classes 23 (integrity constraints) and P0 (exceptions of triggers) mean the same.
 */
const SCHEMA = new Set([
  '3F000', // invalid_schema_name
  '42P01', // undefined_table, also one that is hidden from the role
  '42703', // undefined_column
  '42883', // undefined_function
  '42704', // undefined_object
  '42P10', // invalid_column_reference: a unique constraint is missing
  '42804', // datatype_mismatch
  '42809', // wrong_object_type
  '428C9', // generated_always
  '44000', // with_check_option_violation
  '55000', // object_not_in_prerequisite_state: a view in place of a table
  '22001', // string_data_right_truncation: a column became shorter
  '0A000', // feature_not_supported: a plan that was made for columns of another type
  NOT_STORED,
]);
/** The states for text that the encoding of the database cannot represent. `migrate` rejects such a database. */
const ENCODING = new Set([
  '22P05', // untranslatable_character
  '22021', // character_not_in_repertoire
]);
const SCHEMA_CLASSES = new Set(['23', 'P0', '09', '27']);

function isSchema(state: string): boolean {
  return SCHEMA.has(state) || ENCODING.has(state) || SCHEMA_CLASSES.has(state.slice(0, 2));
}

const UNAVAILABLE = new Set([
  INSUFFICIENT_PRIVILEGE,
  ...DAMAGED,
  READ_ONLY,
  LOCK_NOT_AVAILABLE,
  '57014', // query_canceled, by statement_timeout
]);

/** Insufficient resources (53), such as connections and disk space, and system errors (58). */
const UNAVAILABLE_CLASSES = new Set(['53', '58']);

/**
 * Connection exceptions, an administrative shutdown, a crash, and the time limits of a transaction, for which the
 * server closes the connection without reporting how the statement ended.
 */
const LOST = /^(08...|57P0.|25P03|25P04)$/;

/** Returns the SQLSTATE of an error that the server sent. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** Returns whether one create of a batch may have failed and rolled all of them back. */
export function mayBeErrorOfOne(error: unknown): boolean {
  if (!(error instanceof StoreUnavailableError)) return true;
  const state = sqlStateOf(error.cause);
  return state === LOCK_NOT_AVAILABLE || DAMAGED.has(state ?? '') || isSchema(state ?? '');
}

/** Classifies an error. Returns undefined for a defect of this program. */
export function classifyError(error: unknown): FailureKind | undefined {
  if (error instanceof StoreUnavailableError) return 'unavailable';
  if (error instanceof TypeError || error instanceof RangeError || !(error instanceof Error)) return undefined;
  const state = sqlStateOf(error);
  // The error comes from pg itself or its socket: closed, timed out, or reset.
  if (state === undefined) return 'lost';
  if (describeNoSlot(error) !== undefined) return 'rolledBack';
  if (ROLLED_BACK.has(state)) return 'rolledBack';
  if (LOST.test(state)) return 'lost';
  if (UNAVAILABLE.has(state) || UNAVAILABLE_CLASSES.has(state.slice(0, 2)) || isSchema(state)) return 'unavailable';
  return undefined;
}

/** Returns whether the server is read-only, in which case nothing was stored and another host may be writable. */
export function isStandby(error: unknown): boolean {
  return sqlStateOf(error) === READ_ONLY;
}

/**
 * Returns whether the connection can be reused after this error. One to a read-only server cannot, because a new one
 * may reach the new primary. Nor can one with cached plans for tables that have changed.
 */
export function leavesConnectionUsable(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (describeNoSlot(error) !== undefined) return false;
  return state !== undefined && state !== READ_ONLY && !isSchema(state) && classifyError(error) !== 'lost';
}

/** The kinds of errors other than lost connections, keyed by SQLSTATE. */
const KINDS: Readonly<Record<string, StoreErrorKind>> = {
  25006: 'readOnly',
  [LOCK_NOT_AVAILABLE]: 'locked',
  57014: 'timeout',
  53100: 'full',
  [INSUFFICIENT_PRIVILEGE]: 'denied',
  XX001: 'damaged',
  XX002: 'damaged',
};

/** The kinds whose cause the message of the server explains best. */
const EXPLAINED = new Set<StoreErrorKind>(['readOnly', 'denied', 'damaged', 'schema']);

function kindOf(state: string | undefined): StoreErrorKind {
  if (state === undefined || LOST.test(state)) return 'connection';
  const known = KINDS[state];
  if (known) return known;
  if (ROLLED_BACK.has(state)) return 'conflict';
  return isSchema(state) ? 'schema' : 'resources';
}

/** The advice for an error of the kind `schema`. */
export const SCHEMA_ADVICE =
  ' Something else has changed the tables, or a right to see them: undo that, or grant USAGE on their schema.';

/** The advice for a database with an encoding other than UTF-8. */
export const ENCODING_ADVICE =
  'Create another one with `createdb --encoding=UTF8 --template=template0`, and move what is stored with ' +
  '`pg_dump` and `pg_restore`';

/** Converts an error of PostgreSQL to a `StoreUnavailableError`. Returns any other error as it is. */
export function toStoreError(error: unknown): unknown {
  if (error instanceof StoreUnavailableError || classifyError(error) === undefined) return error;
  const noSlot = describeNoSlot(error);
  const state = sqlStateOf(error);
  if (noSlot !== undefined)
    return new StoreUnavailableError(`${noSlot}.`, { kind: state ? 'resources' : 'connection', cause: error });
  const kind = kindOf(state);
  const isExplained = error instanceof Error && EXPLAINED.has(kind);
  const reason = isExplained ? `${state}: ${explain(error)}` : (state ?? 'connection lost or too slow');
  const advice = adviceOf(kind, state);
  const message = `PostgreSQL cannot do this at the moment (${reason}).${advice}`;
  return new StoreUnavailableError(message, { kind, cause: error });
}

/** Returns the message of the server, or the meaning of an error that this package provokes. */
function explain(error: Error): string {
  return sqlStateOf(error) === NOT_STORED ? 'a trigger or a rule drops rows of organizations' : error.message;
}

/** The time limits at which PostgreSQL closes a connection, keyed by SQLSTATE. */
const TIME_LIMITS: Readonly<Record<string, string>> = {
  '25P03': 'idle_in_transaction_session_timeout',
  '25P04': 'transaction_timeout',
  '57P05': 'idle_session_timeout',
};

/** Describes the limit at which PostgreSQL closed the connection, with advice, if the state is of such an error. */
export function describeTimeLimit(state: string): string | undefined {
  const name = TIME_LIMITS[state];
  return name && `PostgreSQL closed the connection at its ${name}; raise this limit of the role or the database`;
}

function adviceOf(kind: StoreErrorKind, state: string | undefined): string {
  const timeLimit = state === undefined ? undefined : describeTimeLimit(state);
  if (timeLimit !== undefined) return ` ${timeLimit}.`;
  if (state !== undefined && ENCODING.has(state)) return ` The database needs the encoding UTF8. ${ENCODING_ADVICE}.`;
  return kind === 'schema' ? SCHEMA_ADVICE : '';
}
