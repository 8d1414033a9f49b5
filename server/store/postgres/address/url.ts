// Parses a PostgreSQL URL as libpq does. Every parameter is either applied or an error, and no message contains the
// password.
import { userInfo } from 'node:os';
import type { DatabaseAddress, DatabaseHost } from './address.ts';
import { complete, decode, type Environment, type Parameters, parseQuery } from './parameters.ts';
import { DESCRIPTION, splitUrl } from './split-url.ts';
import { readChannelBinding, readSsl, SSL_PARAMETERS } from './tls.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: it matches them on purpose.
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

/**
 * Parses `postgres://user:password@host:port/database?parameters`. Missing parts come from the service file (`service`
 * or `PGSERVICE`), and then from the variables of libpq (`PGHOST`, `PGPASSWORD` ...) and `PGPASSWORD_FILE`. Parameters
 * work as in libpq (https://www.postgresql.org/docs/current/libpq-connect.html), except that `sslmode` is `disable` by
 * default, and hosts are always tried until one accepts writes.
 *
 * @throws Error whose message says what is wrong, without the URL
 */
export function parseDatabaseUrl(text: string, environment: Environment = process.env): DatabaseAddress {
  if (!/^postgres(ql)?:\/\//.test(text)) throw new Error('must begin with postgres://');
  if (CONTROL_CHARACTER.test(text)) throw new Error('must not have line breaks or other control characters');
  const { credentials = '', hosts, path = '', query = '' } = splitUrl(text);
  const [, user = '', password = ''] = /^([^:]*):?(.*)$/s.exec(credentials) ?? [];
  const given: Parameters = {
    ...parseHosts(hosts),
    user: decode(user, 'user') || undefined,
    password: decode(password, 'password') || undefined,
    dbname: decode(path, 'database') || undefined,
  };
  for (const [name, value] of parseQuery(query)) given[name] = value;
  const { parameters, check } = complete(given, environment);
  check(['port'], () => parsePorts(parameters.port));
  const all = check(['host', 'hostaddr', 'port'], () => listHosts(parameters));
  const [first = { host: undefined, port: undefined }] = all;
  check(['target_session_attrs'], () => checkValues(parameters));
  const { dbname: database, user: role = systemUser() } = parameters;
  const addresses = all.map(describeHost).join(', ');
  return {
    displayName: `${database ?? '(default database)'} on ${addresses} as ${role ?? '(default user)'}`,
    ...first,
    hosts: all,
    database,
    user: role,
    password: parameters.password,
    ssl: check(SSL_PARAMETERS, () => readSsl(parameters)),
    isSslUnset: SSL_PARAMETERS.every((name) => parameters[name] === undefined),
    channelBinding: check(['channel_binding'], () => readChannelBinding(parameters)),
    connectTimeoutMs: check(['connect_timeout'], () => readTimeout(parameters.connect_timeout)),
    applicationName: parameters.application_name ?? parameters.fallback_application_name ?? 'customer-organizations',
    options: parameters.options ?? '',
  };
}

function describeHost({ host = 'localhost', port = 5432, hostaddr }: DatabaseHost): string {
  return `${host}:${port}${hostaddr === undefined ? '' : ` (${hostaddr})`}`;
}

/** Returns the user of the system, the default in libpq; undefined if it has no name, as in some containers. */
function systemUser(): string | undefined {
  try {
    return userInfo().username || undefined;
  } catch {
    return undefined; // The server then reports that a user is missing.
  }
}

/** Parses hosts as `host:port`, separated by commas. An IPv6 address is in brackets. */
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

/** Combines the lists as libpq does: one port applies to all hosts, and an address replaces the lookup of a name. */
function listHosts({ host, hostaddr, port }: Parameters): DatabaseHost[] {
  const [names, addresses] = [host?.split(','), hostaddr?.split(',')];
  const { length } = addresses ?? names ?? [''];
  if (names && names.length !== length) throw new Error(`has ${names.length} hosts and ${length} values of hostaddr`);
  const ports = parsePorts(port);
  if (ports.length > 1 && ports.length !== length)
    throw new Error(`has ${length} hosts and ${ports.length} ports; one port is for all of them`);
  return Array.from({ length }, (_, index) => ({
    ...nameHost(names?.[index] || undefined, addresses?.[index] || undefined),
    port: ports.length === 1 ? ports[0] : ports[index],
  }));
}

/** Returns host and address. A Unix socket folder cannot be the hostname for an address. */
function nameHost(name: string | undefined, address: string | undefined): Omit<DatabaseHost, 'port'> {
  const isOfName = address !== undefined && name !== undefined && !name.startsWith('/');
  return isOfName ? { host: name, hostaddr: address } : { host: address ?? name, hostaddr: undefined };
}

const parsePorts = (text = '') => text.split(',').map(parsePort);

function parsePort(text: string): number | undefined {
  if (text === '') return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new Error('must have a port from 1 to 65535');
  return port;
}

function checkValues({ target_session_attrs: attrs }: Parameters): void {
  if (attrs !== undefined && !['any', 'read-write', 'primary'].includes(attrs))
    throw new Error('must have as target_session_attrs read-write, primary or any, for this server writes');
}

/** Reads a number of seconds. As in libpq, 0 and negative numbers mean no limit. */
function readTimeout(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^-?\d{1,6}$/.test(value)) throw new Error('must have as connect_timeout a number of seconds');
  return Number(value) > 0 ? Number(value) * 1000 : undefined;
}
