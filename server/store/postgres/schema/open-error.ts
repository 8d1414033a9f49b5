// Describes in one line why a PostgreSQL database cannot be used, and whether the problem may be temporary.
import { GRANT_ADVICE, StoreOpenError } from '../../store-errors.ts';
import type { DatabaseAddress } from '../address/address.ts';
import { MissingPasswordError, StandbyError } from '../connection/connect.ts';
import { describeTimeLimit, INSUFFICIENT_PRIVILEGE } from '../connection/errors.ts';
import { describeNoSlot, PROTOCOL_VIOLATION } from '../connection/no-slot.ts';

const NO_PASSWORD =
  'the server asks for a password, and there is none in DATABASE_URL, PGPASSWORD, PGPASSWORD_FILE or ~/.pgpass';

const EXPLANATIONS = new Map([
  [
    '28P01',
    'the password is wrong, or the user does not exist. ' +
      'It comes from DATABASE_URL, PGPASSWORD, PGPASSWORD_FILE or ~/.pgpass, whichever is found first',
  ],
  ['3D000', 'there is no such database. Create it with createdb, or correct DATABASE_URL'],
  [
    '42P07',
    'it has tables of another program with the same names. It was not changed; use another database, ' +
      'or another schema with options=-c search_path=NAME',
  ],
  ['25006', 'it is read-only at the moment: a standby, or a primary that is being replaced'],
  ['57P03', 'it is starting up or shutting down. Try again in a moment'],
  ['55P03', 'another process has been migrating for a minute. Wait until it has finished'],
  ['ECONNREFUSED', 'nothing listens there. Start the server, or correct DATABASE_URL'],
  ['ENOENT', 'there is no such Unix socket. Start the server, or correct DATABASE_URL'],
  ['ETIMEDOUT', 'it did not respond in time. Correct DATABASE_URL, or look for a firewall in between'],
  ['ENOTFOUND', 'there is no such host. Correct DATABASE_URL'],
  ['EAI_AGAIN', 'the name of the host cannot be resolved at the moment'],
]);

/** Describes any error between connecting and the last migration in one line. */
export function toOpenError(error: unknown, address: DatabaseAddress): StoreOpenError {
  const code = codeOf(error);
  const reason = EXPLANATIONS.get(code) ?? describeTimeLimit(code) ?? describeByMessage(error, code, address);
  return new StoreOpenError(`Cannot use PostgreSQL (${address.displayName}): ${reason}.`, {
    mayPass: mayPass(error, code),
    cause: error,
  });
}

/** Temporary errors, such as those of a server that is starting up or has no free slot, by SQLSTATE and system code. */
const TRANSIENT_SQLSTATE = /^(57P0[1-5]|53...|08...|25006)$/;
const TRANSIENT_SYSTEM_CODE =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;

/** Matches the error of PgBouncer in statement mode, which is not temporary. */
const WRONG_MODE = /pooling mode/;

function mayPass(error: unknown, code: string): boolean {
  if (code === PROTOCOL_VIOLATION && WRONG_MODE.test(messageOf(error))) return false;
  if (error instanceof StandbyError) return true;
  if (error instanceof AggregateError) return error.errors.some((each) => mayPass(each, codeOf(each)));
  // Errors of pg itself have no code. They mean that the connection was closed or timed out.
  return code === ''
    ? error instanceof Error && /terminat|timeout/i.test(error.message)
    : TRANSIENT_SQLSTATE.test(code) || TRANSIENT_SYSTEM_CODE.test(code);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Describes an error that the server's own message explains best. */
function describeByMessage(error: unknown, code: string, { host, ssl }: DatabaseAddress): string {
  if (code === INSUFFICIENT_PRIVILEGE) return `${messageOf(error)}. ${GRANT_ADVICE}`;
  if (error instanceof MissingPasswordError) return NO_PASSWORD;
  const noSlot = describeNoSlot(error);
  if (noSlot !== undefined) return noSlot;
  if (code === PROTOCOL_VIOLATION) return describeRejection(error);
  // invalid_authorization_specification: no such role, or pg_hba.conf has no entry for it.
  if (code === '28000') {
    // A Unix socket is never encrypted.
    const hint = ssl === false && !host?.startsWith('/') ? '; it may need sslmode=require' : '';
    return `the server rejects this user: ${messageOf(error)}. Correct DATABASE_URL${hint}`;
  }
  return code === '' ? describeDriverError(messageOf(error)) : messageOf(error);
}

/** Describes an error of pg itself by its message, because it has no code. */
function describeDriverError(message: string): string {
  if (/does not support SSL/.test(message))
    return 'it has no TLS. Turn ssl on in PostgreSQL, or set sslmode=disable for a connection that is not encrypted';
  if (/^Connection terminated(?: unexpectedly)?$/.test(message))
    return 'the connection was lost. Try again; if that does not help, look into the log of PostgreSQL';
  return message;
}

/** Describes a rejection of PgBouncer, which also rejects databases that it does not know. */
function describeRejection(error: unknown): string {
  const reason = messageOf(error);
  const advice = WRONG_MODE.test(reason) ? '. PgBouncer needs pool_mode=transaction or session' : '';
  return `the connection pooler rejects this: ${reason}${advice}`;
}

export function messageOf(error: unknown): string {
  // Node rejects with an AggregateError without a message when a name has several addresses.
  if (error instanceof AggregateError) return error.errors.map((each) => messageOf(each)).join('; ');
  return error instanceof Error ? error.message : String(error);
}
