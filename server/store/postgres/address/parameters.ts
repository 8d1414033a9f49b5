// The parameters of a connection as in libpq, from the query of a URL, a service file and environment variables.

import { readPassword } from './secret-file.ts';
import { readService } from './service-file.ts';
import { VariableError } from './variable-error.ts';

/** The parameters, each with the environment variable that libpq reads for it, if there is one. */
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
 * The unsupported variables of libpq that protect a connection or redirect it, with the values that have no effect.
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
      // The name may follow an unescaped question mark or ampersand in a password.
      if (!/^\w+$/.test(name) || query.includes('@') || isAfterPassword)
        throw new Error(
          `has a parameter that is none of ${names}. It is not shown, for it may be a part of a password, whose ` +
            'special characters must be percent-encoded (/ as %2F, ? as %3F, & as %26)',
        );
      throw new Error(`has the parameter ${JSON.stringify(name)}, which is none of ${names}`);
    }
    if (value === undefined) throw new Error(`has the parameter ${name} without a value`);
    // libpq keeps a plus sign, but programs that build URLs encode a space as one, and only options contain spaces.
    return [name, decode(name === 'options' ? value.replaceAll('+', ' ') : value, name)];
  });
}

interface Completed {
  parameters: Parameters;
  /** Runs a check of these parameters. @throws VariableError if the check throws and they come from variables */
  check<T>(names: readonly string[], work: () => T): T;
}

/** Adds the parameters that the URL does not have. @throws VariableError */
export function complete(given: Parameters, environment: Environment): Completed {
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
  const serviceVariables = given.service === undefined ? ['PGSERVICE'] : [];
  const readNamed = () => (service === undefined ? {} : readService(service, environment));
  const fromService = blame(serviceVariables, readNamed);
  const unknown = Object.keys(fromService).find((name) => !Object.hasOwn(PARAMETERS, name));
  if (unknown !== undefined)
    throw new Error(`has the service ${service}, whose parameter ${JSON.stringify(unknown)} is not supported`);
  const parameters: Parameters = {};
  for (const name of Object.keys(PARAMETERS))
    parameters[name] = given[name] ?? fromService[name] ?? fromEnvironment[name];
  /** Returns the variable that a value comes from, or undefined for the URL. */
  const originOf = (name: string) => {
    if (given[name] !== undefined) return undefined;
    return fromService[name] === undefined ? PARAMETERS[name] : serviceVariables[0];
  };
  return {
    parameters,
    check: (names, work) => {
      const used = names.filter((name) => parameters[name] !== undefined);
      const origins = [...new Set(used.map(originOf))];
      const variables = origins.filter((origin) => origin !== undefined);
      const isOfUrl = origins.includes(undefined);
      const isOfService = used.some((name) => given[name] === undefined && fromService[name] !== undefined);
      const details = [
        ...(isOfService ? [`service ${JSON.stringify(service)}`] : []),
        ...(isOfUrl && variables.length > 0 ? [`with ${variables.join(', ')}`] : []),
      ];
      return blame(isOfUrl ? [] : variables, work, details.length > 0 ? ` (${details.join(', ')})` : '');
    },
  };
}

/** Runs `work`, and attributes its errors to these variables, if there are any. */
function blame<T>(variables: readonly string[], work: () => T, suffix = ''): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const message = `${error.message}${suffix}`;
    throw variables.length > 0 ? new VariableError(message, variables) : new Error(message, { cause: error });
  }
}

export function decode(part: string, what: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(part);
  } catch {
    throw new Error(`has a ${what} with a % that is not part of a percent-encoding; write it as %25`);
  }
  // The protocol terminates values with a zero byte. libpq rejects it as well.
  if (decoded.includes('\0')) throw new Error(`has a ${what} with %00, which PostgreSQL does not allow`);
  return decoded;
}
