// The settings of PostgreSQL that this store relies on. They are sent with the connection, or with each transaction
// behind a connection pooler such as PgBouncer.
import pg from 'pg';
import type { DatabaseAddress } from '../address/address.ts';
import type { LimitedQuery } from './query.ts';

/** Names and values of settings of PostgreSQL. */
type Settings = Record<string, string>;

/**
 * The settings of the store. They follow those of the URL, and so override them.
 *
 * - A commit is on the disk when it returns.
 * - Every statement, and every check of a foreign key, finds rows by key. Plans are cached for each connection, and one
 *   that was made for a table of one page would scan a table of a million pages until the next ANALYZE. Therefore
 *   sequential scans are off.
 * - Values have the formats that pg expects, whatever the server, the database or the role sets for other programs. In
 *   another DateStyle, for example, pg could not parse times.
 * - A statement fails with 42501 where row security would filter its rows. Otherwise a hidden key would look like a
 *   wrong secret, a hidden customer like an unknown one, and a partial export like a complete one.
 */
export const SESSION_SETTINGS: Settings = {
  synchronous_commit: 'on',
  array_nulls: 'on',
  bytea_output: 'hex',
  datestyle: 'ISO',
  extra_float_digits: '1',
  intervalstyle: 'postgres',
  standard_conforming_strings: 'on',
  timezone: 'UTC',
  transform_null_equals: 'off',
  enable_seqscan: 'off',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
  row_security: 'off',
};

/**
 * Parses the command-line options of the server that set a parameter: `-c name=value`, `-cname=value`, `--name=value`.
 *
 * @throws Error for any other option
 */
function parseOptions(options: string): Settings {
  // A backslash escapes a space (https://www.postgresql.org/docs/current/libpq-connect.html).
  const words = (options.match(/(?:\\.|[^\\\s])+/gs) ?? []).map((word) => word.replaceAll(/\\(.)/gs, '$1'));
  const settings: Settings = {};
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const setting = word === '-c' ? words[++index] : /^(?:-c|--)(?=[^-])(.*)$/s.exec(word)?.[1];
    const [, name, value] = /^([\w.-]+)=(.*)$/s.exec(setting ?? '') ?? [];
    if (name === undefined || value === undefined)
      throw new Error(`has options with ${JSON.stringify(word)}, which is not -c name=value`);
    // Names are case-insensitive.
    settings[name.replaceAll('-', '_').toLowerCase()] = value;
  }
  return settings;
}

/** Returns statements, with two results, that begin a transaction with all settings. `more` overrides the others. */
export function beginStatement({ options }: DatabaseAddress, more: Settings): string {
  const settings = { ...parseOptions(options), ...SESSION_SETTINGS, ...more };
  return `BEGIN ISOLATION LEVEL READ COMMITTED; ${setStatement(settings)}, ${setIfKnown('transaction_timeout', true)}`;
}

/** Returns a statement that changes settings until the end of the transaction. */
export function setStatement(settings: Settings): string {
  const calls = Object.entries(settings).map(
    ([name, value]) => `set_config(${pg.escapeLiteral(name)}, ${pg.escapeLiteral(value)}, true)`,
  );
  return `SELECT ${calls.join(', ')}`;
}

/**
 * Resets time limits that the role or the database may have for other programs, and that would end a long command or an
 * idle connection. PostgreSQL before 14 or 17 does not know them, and would refuse the connection if they were options.
 */
export async function prepareSession(client: pg.ClientBase, limitMs: number): Promise<void> {
  const calls = ['transaction_timeout', 'idle_session_timeout'].map((name) => setIfKnown(name, false));
  const limited: LimitedQuery = { text: `SELECT ${calls.join(', ')}`, query_timeout: limitMs };
  await client.query(limited);
}

/** Returns an expression that removes a limit until the end of the transaction or session, if the server knows it. */
function setIfKnown(name: string, isLocal: boolean): string {
  return `CASE WHEN current_setting('${name}', true) IS NOT NULL THEN set_config('${name}', '0', ${isLocal}) END`;
}

/** Returns time limits for a transaction, so that it does not outlive its request. 0 stands for no limit. */
export function timeLimits(timeoutMs: number): Settings {
  // Shorter than the limit on this side, so that the server usually reports that it stored nothing.
  const limit = String(Math.ceil(timeoutMs * 0.9));
  return { statement_timeout: limit, idle_in_transaction_session_timeout: limit };
}
