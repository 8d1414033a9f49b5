// Parses a PostgreSQL URL. Every parameter is either applied or an error, and no message contains the password.
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

export interface DatabaseAddress {
  /** Database, host, port and user, for messages. */
  displayName: string;
  host: string | undefined;
  port: number | undefined;
  database: string | undefined;
  user: string | undefined;
  password: string | undefined;
  ssl: false | ConnectionOptions;
  applicationName: string;
  /** Command-line options of the server, such as `-c search_path=app`. */
  options: string;
}

const PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'application_name', 'options', 'host', 'port'];

const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'];

/**
 * The variables that libpq reads when the URL has no such parameter. pg itself reads those for host, port, database,
 * user and password.
 */
const VARIABLES = {
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  application_name: 'PGAPPNAME',
  options: 'PGOPTIONS',
};

type Environment = Record<string, string | undefined>;

/**
 * Parses `postgres://user:password@host:port/database?parameters`. A missing part comes from the variables of libpq
 * (`PGHOST`, `PGUSER`, `PGPASSWORD`, `PGSSLMODE` ...). `sslmode` is as in libpq
 * (https://www.postgresql.org/docs/current/libpq-ssl.html), but its default is `disable`.
 *
 * @throws Error whose message says what is wrong, without the URL
 */
export function parseDatabaseUrl(text: string, environment: Environment = process.env): DatabaseAddress {
  if (!/^postgres(ql)?:\/\//.test(text)) throw new Error('must begin with postgres://');
  if (!URL.canParse(text) || new URL(text).hostname.includes(',')) {
    throw new Error(
      'must be postgres://user:password@host:port/database with one host, ' +
        'and special characters of the password percent-encoded (@ as %40, / as %2F)',
    );
  }
  const url = new URL(text);
  const parameters = readParameters(url, environment);
  const host = parameters.host ?? decode(url.hostname, 'host').replace(/^\[(.+)\]$/, '$1');
  const port = Number(parameters.port ?? url.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('must have a port from 1 to 65535');
  const database = decode(url.pathname.slice(1), 'database');
  const user = decode(url.username, 'user');
  const address = `${host || 'localhost'}:${port || 5432}`;
  return {
    displayName: `${database || '(default database)'} on ${address} as ${user || '(default user)'}`,
    host: host || undefined,
    port: port || undefined,
    database: database || undefined,
    user: user || undefined,
    password: decode(url.password, 'password') || undefined,
    ssl: readSsl(parameters),
    applicationName: parameters.application_name ?? 'customer-organizations',
    options: parameters.options ?? '',
  };
}

function readParameters(url: URL, environment: Environment): Record<string, string | undefined> {
  for (const name of url.searchParams.keys()) {
    if (!PARAMETERS.includes(name))
      throw new Error(`has the parameter ${JSON.stringify(name)}, which is none of ${PARAMETERS.join(', ')}`);
  }
  const fromEnvironment = Object.entries(VARIABLES).map(([name, variable]) => [
    name,
    environment[variable] || undefined,
  ]);
  return { ...Object.fromEntries(fromEnvironment), ...Object.fromEntries(url.searchParams) };
}

function decode(part: string, what: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Error(`has a ${what} with a % that is not part of a percent-encoding; write it as %25`);
  }
}

function readSsl({ sslmode, sslrootcert, sslcert, sslkey }: Record<string, string | undefined>) {
  const mode = sslmode ?? (sslrootcert || sslcert || sslkey ? 'verify-full' : 'disable');
  if (mode === 'allow' || mode === 'prefer') {
    throw new Error(`has sslmode=${mode}, which may silently be unencrypted; use disable or require`);
  }
  if (!SSL_MODES.includes(mode)) throw new Error(`must have as sslmode one of ${SSL_MODES.join(', ')}`);
  if (mode === 'verify-ca' && !sslrootcert) throw new Error('must have sslrootcert=FILE with sslmode=verify-ca');
  if (sslrootcert === 'system' && mode !== 'verify-full')
    throw new Error('must have sslmode=verify-full with sslrootcert=system: anybody can have a certificate from there');
  if (mode === 'disable') return false;
  return {
    // `system`: the authorities that Node trusts.
    ...(sslrootcert && sslrootcert !== 'system' && { ca: readPem(sslrootcert, 'sslrootcert') }),
    ...(sslcert && { cert: readPem(sslcert, 'sslcert') }),
    ...(sslkey && { key: readPem(sslkey, 'sslkey') }),
    // As in libpq, `require` with a root certificate is `verify-ca`, which does not check the host name.
    ...(mode === 'require' && !sslrootcert && { rejectUnauthorized: false }),
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  } satisfies ConnectionOptions;
}

function readPem(path: string, parameter: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new Error(`has ${parameter}=${path}, which cannot be read (${code})`);
  }
}
