// Parses a PostgreSQL URL as libpq does. Every parameter is either applied or an error, and no message contains the
// password.
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { userInfo } from 'node:os';
import type { ConnectionOptions } from 'node:tls';
import { readService } from './service-file.ts';

export interface DatabaseHost {
  /** A name, an address, or the folder of a Unix socket. Undefined: localhost. */
  host: string | undefined;
  /** Undefined: 5432. */
  port: number | undefined;
}

export interface DatabaseAddress extends DatabaseHost {
  /** Database, host, port and user, for messages. */
  displayName: string;
  /** All hosts, tried in turn until one accepts writes. The first is that of `host` and `port`. */
  hosts: DatabaseHost[];
  database: string | undefined;
  user: string | undefined;
  /** Undefined: pg looks for one in the file of PGPASSFILE, or ~/.pgpass. */
  password: string | undefined;
  ssl: false | ConnectionOptions;
  /** Whether nothing says how to encrypt, so that `ssl` is false. */
  isSslUnset: boolean;
  channelBinding: 'disable' | 'prefer' | 'require';
  /** Undefined: no limit besides those of the store. */
  connectTimeoutMs: number | undefined;
  applicationName: string;
  /** Command-line options of the server, such as `-c search_path=app`. */
  options: string;
}

/** The parameters, and the variable that libpq reads for each where there is one. */
const PARAMETERS: Record<string, string | undefined> = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  service: 'PGSERVICE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  channel_binding: 'PGCHANNELBINDING',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
  application_name: 'PGAPPNAME',
  fallback_application_name: undefined,
  options: 'PGOPTIONS',
};

/**
 * Variables by which libpq protects a connection, or makes another one, and which are not supported. With these values
 * they ask for nothing.
 */
const UNSUPPORTED: Record<string, readonly string[]> = {
  PGGSSENCMODE: ['disable', 'prefer'],
  PGLOADBALANCEHOSTS: ['disable'],
  PGMAXPROTOCOLVERSION: [],
  PGMINPROTOCOLVERSION: [],
  PGREQUIREAUTH: ['none'],
  PGREQUIREPEER: [],
  PGREQUIRESSL: ['0'],
  PGSSLCERTMODE: ['allow'],
  PGSSLCRL: [],
  PGSSLCRLDIR: [],
  PGSSLMAXPROTOCOLVERSION: [],
  PGSSLMINPROTOCOLVERSION: [],
  PGSSLNEGOTIATION: ['postgres'],
};

const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'];

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

type Environment = Record<string, string | undefined>;
type Parameters = Record<string, string | undefined>;

/** libpq looks for the first @ before a slash, so a password may contain ? and #. */
const URL_PARTS = /^postgres(?:ql)?:\/\/(?:([^@/]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s;

/**
 * Parses `postgres://user:password@host:port/database?parameters`. What the URL does not say comes from the service
 * file (`service` or `PGSERVICE`), and then from the variables of libpq (`PGHOST`, `PGPASSWORD` ...) and
 * `PGPASSWORD_FILE`. Parameters are as in libpq (https://www.postgresql.org/docs/current/libpq-connect.html), but
 * `sslmode` is `disable` by default, and hosts are always tried until one accepts writes.
 *
 * @throws Error whose message says what is wrong, without the URL
 */
export function parseDatabaseUrl(text: string, environment: Environment = process.env): DatabaseAddress {
  if (!/^postgres(ql)?:\/\//.test(text)) throw new Error('must begin with postgres://');
  if (CONTROL_CHARACTER.test(text)) throw new Error('must not have line breaks or other control characters');
  const [match, credentials = '', hosts = '', path = '', query = ''] = URL_PARTS.exec(text) ?? [];
  if (match === undefined || hosts.includes('@')) throw new Error(DESCRIPTION);
  const [, user = '', password = ''] = /^([^:]*):?(.*)$/s.exec(credentials) ?? [];
  const given: Parameters = {
    ...parseHosts(hosts),
    user: decode(user, 'user') || undefined,
    password: decode(password, 'password') || undefined,
    dbname: decode(path, 'database') || undefined,
  };
  for (const [name, value] of parseQuery(query)) given[name] = value;
  const parameters = complete(given, environment);
  const all = listHosts(parameters);
  const [first = { host: undefined, port: undefined }] = all;
  checkValues(parameters);
  const { dbname: database, user: role = systemUser() } = parameters;
  const addresses = all.map(({ host, port }) => `${host ?? 'localhost'}:${port ?? 5432}`).join(', ');
  return {
    displayName: `${database ?? '(default database)'} on ${addresses} as ${role ?? '(default user)'}`,
    ...first,
    hosts: all,
    database,
    user: role,
    password: parameters.password,
    ssl: readSsl(parameters),
    isSslUnset: SSL_PARAMETERS.every((name) => parameters[name] === undefined),
    channelBinding: readChannelBinding(parameters),
    connectTimeoutMs: readTimeout(parameters.connect_timeout),
    applicationName: parameters.application_name ?? parameters.fallback_application_name ?? 'customer-organizations',
    options: parameters.options ?? '',
  };
}

/** As in libpq. Undefined where the system has no name for the user, as in some containers. */
function systemUser(): string | undefined {
  try {
    return userInfo().username || undefined;
  } catch {
    return undefined; // The server then asks for a user.
  }
}

const DESCRIPTION =
  'must be postgres://user:password@host:port/database, or host1:port1,host2:port2 for several hosts, ' +
  'with special characters of the password percent-encoded (@ as %40, / as %2F)';

/** `host:port` of each, separated by commas. An IPv6 address is in brackets. */
function parseHosts(text: string): Parameters {
  if (text === '') return {};
  const pairs = text.split(',').map((each) => {
    const [match, bracketed, plain = '', port = ''] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(each) ?? [];
    if (match === undefined) throw new Error(DESCRIPTION);
    return { host: bracketed ?? decode(plain, 'host'), port };
  });
  return {
    host: pairs.map(({ host }) => host).join(',') || undefined,
    port:
      pairs
        .map(({ port }) => port)
        .join(',')
        .replace(/^,*$/, '') || undefined,
  };
}

function parseQuery(query: string): [string, string][] {
  const pairs = query === '' ? [] : query.split('&').map((pair) => pair.split(/=(.*)/s));
  return pairs.map(([name = '', value]) => {
    if (!Object.hasOwn(PARAMETERS, name)) {
      const names = Object.keys(PARAMETERS).join(', ');
      throw new Error(`has the parameter ${JSON.stringify(name)}, which is none of ${names}`);
    }
    if (value === undefined) throw new Error(`has the parameter ${name} without a value`);
    // libpq keeps a plus sign, but programs that build URLs write it for a space, which only options have.
    return [name, decode(name === 'options' ? value.replaceAll('+', ' ') : value, name)];
  });
}

/** Adds what the URL does not say. */
function complete(given: Parameters, environment: Environment): Parameters {
  const fromEnvironment: Parameters = {};
  for (const [name, variable] of Object.entries(PARAMETERS))
    if (variable !== undefined) fromEnvironment[name] = environment[variable] || undefined;
  for (const [variable, harmless] of Object.entries(UNSUPPORTED)) {
    const value = environment[variable] ?? '';
    if (value !== '' && !harmless.includes(value))
      throw new Error(`is used with the variable ${variable}, which is not supported. Unset it`);
  }
  const passwordFile = environment.PGPASSWORD_FILE;
  if (passwordFile !== undefined) fromEnvironment.password ??= readPassword(passwordFile);
  const service = given.service ?? fromEnvironment.service;
  const fromService = service === undefined ? {} : readService(service, environment);
  const unknown = Object.keys(fromService).find((name) => !Object.hasOwn(PARAMETERS, name));
  if (unknown !== undefined)
    throw new Error(`has the service ${service}, whose parameter ${JSON.stringify(unknown)} is not supported`);
  const parameters: Parameters = {};
  for (const name of Object.keys(PARAMETERS))
    parameters[name] = given[name] ?? fromService[name] ?? fromEnvironment[name];
  return parameters;
}

/** As in libpq: one port is for all hosts, and an address replaces the look-up of a name. */
function listHosts({ host, hostaddr, port }: Parameters): DatabaseHost[] {
  const names = (hostaddr ?? host ?? '').split(',');
  const ports = (port ?? '').split(',').map(parsePort);
  if (ports.length > 1 && ports.length !== names.length)
    throw new Error(`has ${names.length} hosts and ${ports.length} ports; one port is for all of them`);
  return names.map((name, index) => ({
    host: name || undefined,
    port: ports.length === 1 ? ports[0] : ports[index],
  }));
}

function parsePort(text: string): number | undefined {
  if (text === '') return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new Error('must have a port from 1 to 65535');
  return port;
}

function checkValues({ target_session_attrs: attrs }: Parameters): void {
  if (attrs !== undefined && !['any', 'read-write', 'primary'].includes(attrs))
    throw new Error(`has target_session_attrs=${attrs}; this server writes, so it must be read-write, primary or any`);
}

/** Nothing can be bound to a connection without TLS. */
function readChannelBinding(parameters: Parameters): DatabaseAddress['channelBinding'] {
  const { channel_binding: value } = parameters;
  const isEncrypted = readSsl(parameters) !== false;
  if (value === undefined || value === 'disable' || (value === 'prefer' && !isEncrypted)) return 'disable';
  if (value === 'require' && !isEncrypted)
    throw new Error('must have sslmode=require or stricter with channel_binding=require');
  if (value === 'prefer' || value === 'require') return value;
  throw new Error('must have as channel_binding one of disable, prefer, require');
}

/** In seconds. As in libpq, 0 and negative numbers mean no limit. */
function readTimeout(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^-?\d{1,6}$/.test(value)) throw new Error('must have as connect_timeout a number of seconds');
  return Number(value) > 0 ? Number(value) * 1000 : undefined;
}

function decode(part: string, what: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(part);
  } catch {
    throw new Error(`has a ${what} with a % that is not part of a percent-encoding; write it as %25`);
  }
  // The protocol ends each value with it. libpq refuses it as well.
  if (decoded.includes('\0')) throw new Error(`has a ${what} with %00, which PostgreSQL does not allow`);
  return decoded;
}

const SSL_PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'];

function readSsl({ sslmode, sslrootcert, sslcert, sslkey }: Parameters) {
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

function readPassword(path: string): string {
  try {
    return readSecret(path);
  } catch (error) {
    throw new Error(`needs the file of PGPASSWORD_FILE, ${JSON.stringify(path)}: it ${messageOf(error)}`);
  }
}

/** Reads a secret from the one line of a file. @throws Error whose message says what the file is, without the secret */
export function readSecret(path: string): string {
  let text: string;
  try {
    // Reading a named pipe would wait for a writer.
    if (!statSync(path).isFile()) throw new Error('is not a regular file');
    text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new Error(`cannot be read (${error.code})`, { cause: error });
  }
  if (text === '') throw new Error('is empty');
  if (/[\r\n]/.test(text)) throw new Error('has more than one line');
  return text;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** A warning for a connection that others may read. */
export function describeMissingTls({ hosts, isSslUnset }: DatabaseAddress): string | undefined {
  const remote = hosts.map(({ host = 'localhost' }) => host).filter((host) => !isLocal(host));
  if (!isSslUnset || remote.length === 0) return undefined;
  return (
    `The connection to ${remote.join(', ')} is not encrypted: TLS is off unless DATABASE_URL has sslmode. ` +
    'Add sslmode=verify-full, or sslmode=disable to keep it so'
  );
}

function isLocal(host: string): boolean {
  if (host.startsWith('/') || host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
