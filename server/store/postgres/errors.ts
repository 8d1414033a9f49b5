// What went wrong, by SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html), and what may be done about it.
import pg from 'pg';
import { StoreUnavailable } from '../store.ts';

/**
 * - `rolledBack`: nothing was stored, and the very same statement may well succeed now.
 * - `lost`: the connection is gone, and with it the answer: the statement may have been stored.
 * - `unavailable`: nothing was stored, and will not be for a while.
 */
export type Fault = 'rolledBack' | 'lost' | 'unavailable';

const ROLLED_BACK = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
]);

/** By lock_timeout. */
export const LOCK_NOT_AVAILABLE = '55P03';

const UNAVAILABLE = new Set([
  '25006', // read_only_sql_transaction: a standby, or a primary that is being replaced
  LOCK_NOT_AVAILABLE,
  '57014', // query_canceled, by statement_timeout
]);

/** Too many connections, full disks and other want (53), and errors of the system below (58). */
const UNAVAILABLE_CLASSES = new Set(['53', '58']);

/**
 * Connection exceptions; shut down or crashed by an operator or another process; a transaction that lasted too long or was idle too long, for which the
 * server ends the connection: what ran is over, and nobody tells how it ended.
 */
const LOST = /^(08...|57P0.|25P03|25P04)$/;

/** The SQLSTATE that the server sent, if it is the server's error. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** Undefined for a fault of ours, which trying again does not cure. */
export function faultOf(error: unknown): Fault | undefined {
  if (error instanceof StoreUnavailable) return 'unavailable';
  if (error instanceof TypeError || error instanceof RangeError || !(error instanceof Error)) return undefined;
  const state = sqlStateOf(error);
  // pg's own errors and those of the socket: cut off, timed out, reset.
  if (state === undefined) return 'lost';
  if (ROLLED_BACK.has(state)) return 'rolledBack';
  if (LOST.test(state)) return 'lost';
  if (UNAVAILABLE.has(state) || UNAVAILABLE_CLASSES.has(state.slice(0, 2))) return 'unavailable';
  return undefined;
}

/** Whether the connection can be used after this error. One to a server that only reads cannot: the next one may lead to the new primary. */
export function leavesConnectionUsable(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== undefined && state !== '25006' && faultOf(error) !== 'lost';
}

/** What may pass by itself is `StoreUnavailable`; all else is a fault, and stays what it is. */
export function toStoreError(error: unknown): unknown {
  if (error instanceof StoreUnavailable || faultOf(error) === undefined) return error;
  const state = sqlStateOf(error);
  return new StoreUnavailable(`PostgreSQL cannot do this at the moment (${state ?? 'connection lost or too slow'}).`, {
    cause: error,
  });
}
