// The parameters of a connection as in libpq: from the query of a URL, a service file and variables.

import { readPassword } from './secret-file.ts';
import { readService } from './service-file.ts';

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

export type Environment = Record<string, string | undefined>;
export type Parameters = Record<string, string | undefined>;

export function parseQuery(query: string): [string, string][] {
  const pairs = query === '' ? [] : query.split('&').map((pair) => pair.split(/=(.*)/s));
  return pairs.map(([name = '', value], index) => {
    if (!Object.hasOwn(PARAMETERS, name)) {
      const names = Object.keys(PARAMETERS).join(', ');
      const isAfterPassword = pairs.slice(0, index).some(([before]) => before === 'password');
      // What follows a question mark or an ampersand of a password.
      if (!/^\w+$/.test(name) || query.includes('@') || isAfterPassword)
        throw new Error(
          `has a parameter that is none of ${names}. It is not shown, for it may be a part of a password, whose ` +
            'special characters must be percent-encoded (/ as %2F, ? as %3F, & as %26)',
        );
      throw new Error(`has the parameter ${JSON.stringify(name)}, which is none of ${names}`);
    }
    if (value === undefined) throw new Error(`has the parameter ${name} without a value`);
    // libpq keeps a plus sign, but programs that build URLs write it for a space, which only options have.
    return [name, decode(name === 'options' ? value.replaceAll('+', ' ') : value, name)];
  });
}

/** Adds what the URL does not say. */
export function complete(given: Parameters, environment: Environment): Parameters {
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

export function decode(part: string, what: string): string {
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
