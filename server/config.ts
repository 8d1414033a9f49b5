// Reads the settings of the server from environment variables, and reports all invalid ones at once.
import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import { cleanEnv, EnvError, EnvMissingError, makeValidator } from 'envalid';
import { limits } from '../generated/limits.ts';
import { DEFAULT_CLIENT_MEMORY_MB } from './edge/memory/memory-budget.ts';
import { describeUnusableAddress } from './http/unusable-address.ts';
import { SettingsError, type SettingViolation } from './settings-error.ts';
import type { StoreSettings } from './store/open.ts';
import { readSecret } from './store/postgres/address/secret-file.ts';
import { parseDatabaseUrl } from './store/postgres/address/url.ts';
import { VariableError } from './store/postgres/address/variable-error.ts';
import { pathViolation } from './store/sqlite/file/path-violation.ts';
import { mayHaveSecret, quoteSetting } from './text/quote-setting.ts';

export interface Config extends StoreSettings {
  /** Whether this is production: no demo data is added, and the demo key is an error. */
  production: boolean;
  /** How long the start waits for a PostgreSQL that is not up yet, or a locked SQLite file, in milliseconds. */
  databaseStartTimeoutMs: number;
  /** The port to listen on; 0 for any free port. */
  port: number;
  host: string;
  /** The maximum of requests a minute for each API key; 0 for no limit. */
  rateLimitPerMinute: number;
  /** The maximum of failed logins a minute from each address; 0 for no limit. */
  failedLoginsPerMinute: number;
  corsOrigins: '*' | string[];
  logLevel: (typeof LOG_LEVELS)[number];
  /** The port for probes and metrics, if it is not `port`; 0 for any free port. */
  metricsPort: number | undefined;
  /** The time in milliseconds after which a request is logged as slow; 0 for never. */
  slowRequestMs: number;
  trustProxy: boolean | number | string;
  /** Milliseconds from SIGTERM, when readiness fails, to the end of listening. */
  shutdownDelayMs: number;
  /** Milliseconds from the end of listening to the exit. */
  shutdownTimeoutMs: number;
  /** The limit in MiB for connections, requests, bodies and unread responses together. */
  clientMemoryMb: number;
}

/** The valid environments. Any other value is an error: a misspelled `production` would get the demo key. */
const ENVIRONMENTS = ['development', 'test', 'production'] as const;

/** The maximum of the default of `SHUTDOWN_DELAY_MS`. */
const MAX_DEFAULT_DELAY_MS = 1000;

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const integer = (min: number, max: number) =>
  makeValidator<number>((input) => {
    if (!/^\d{1,9}$/.test(input) || Number(input) < min || Number(input) > max) {
      throw new EnvError(`must be an integer from ${min} to ${max}`);
    }
    return Number(input);
  })();

/** Creates a validator that runs `parse` and reports its error for the variable. */
const checked = (parse: (input: string) => string) =>
  makeValidator<string>((input) => {
    try {
      return parse(input);
    } catch (error) {
      if (error instanceof VariableError) throw error;
      throw new EnvError(error instanceof Error ? error.message : String(error));
    }
  });

const databaseUrl = checked((input) => {
  if (/^\s|[\s"']$/.test(input)) throw new Error('must not have spaces or quotes around it');
  parseDatabaseUrl(input);
  return input;
});

const databaseUrlFile = checked((input) => {
  if (input.trim() === '') throw new Error('must not be empty');
  if (/^postgres(ql)?:/i.test(input)) throw new Error('must be the path of a file; a URL goes into DATABASE_URL');
  const url = readSecret(input).trim();
  parseDatabaseUrl(url);
  return url;
});

const databasePath = checked((input) => {
  const violation = pathViolation(input);
  if (violation !== undefined) throw new Error(violation);
  return input;
});

/** A host name. RFC 1123, section 2.1: its last label is not a number. */
const HOST_NAME =
  /^(?=.{1,253}$)(?:[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?\.)*(?!\d+$)[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;

const host = checked((input) => {
  if (input.trim() === '') throw new Error('must not be empty');
  if (isIP(input) === 0 && !HOST_NAME.test(input))
    throw new Error('must be an address or a name of this machine, without port, brackets and spaces');
  const violation = describeUnusableAddress(input);
  if (violation !== undefined) throw new Error(violation);
  return input;
});

const oneOf = <T extends string>(choices: readonly T[]) =>
  makeValidator<T>((input) => {
    const found = choices.find((choice) => choice === input);
    if (found === undefined) throw new EnvError(`must be one of ${choices.join(', ')}`);
    return found;
  })();

/** Origins as browsers serialize them in the `Origin` header: RFC 6454, section 6.1. */
const origins = makeValidator<'*' | string[]>((input) => {
  if (input === '*') return '*';
  const list = input
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  if (list.length === 0) throw new EnvError('must be * or a list of origins such as https://app.example.com');
  const invalid = list.find((each) => !URL.canParse(each) || new URL(each).origin !== each);
  if (invalid !== undefined)
    throw new EnvError(
      'must be * or a list of origins such as https://app.example.com, without a path, ' +
        `but has ${quoteSetting(invalid)}`,
    );
  // The URL parser accepts more characters than a hostname may have, such as `*`.
  const pattern = list.find((each) => !/^(\[.*\]|[\w.-]+)$/.test(new URL(each).hostname));
  if (pattern !== undefined)
    throw new EnvError(
      `must be * or whole origins, but has ${quoteSetting(pattern)}, which no browser sends: there are no ` +
        'patterns. Name each origin, such as https://app.example.com',
    );
  return list;
});

/** The values of Express's `trust proxy`. */
const proxies = makeValidator<boolean | number | string>((input) => {
  if (input === 'true' || input === 'false') return input === 'true';
  if (/^\d{1,9}$/.test(input)) return Number(input);
  // Express would read 1 as the address 0.0.0.1.
  const number = input.split(',').find((each) => /^\s*\d*\s*$/.test(each));
  if (number !== undefined)
    throw new EnvError(`must be one number of proxies, or a list of addresses, but has ${JSON.stringify(number)}`);
  try {
    // Loaded on demand, so that other commands start faster. `require` is untyped.
    const express = createRequire(import.meta.url)('express') as typeof import('express');
    express().set('trust proxy', input);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EnvError(
      'must be true, false, the number of proxies, or a list of their addresses such as 10.0.0.0/8, loopback' +
        (mayHaveSecret(input) ? '' : ` (${reason})`),
    );
  }
  return input;
});

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that name the database. */
const DATABASES = ['DATABASE_URL', 'DATABASE_URL_FILE', 'DATABASE_PATH'];

/** Settings that contain a password, or may contain it by mistake instead of a file name. */
const SECRET = new Set(['DATABASE_URL', 'DATABASE_URL_FILE']);

/** Collects the problems of settings. */
class Problems {
  readonly violations: SettingViolation[] = [];
  readonly #lines: string[] = [];

  /** Adds a problem of one variable, or of several in combination. */
  add(shown: string, variables: readonly string[], message: string): void {
    this.#lines.push(`  ${shown}: ${message}`);
    const text = variables.length > 1 ? `${shown}: ${message}` : message;
    this.violations.push(...variables.map((variable) => ({ variable, message: text })));
  }

  /** @throws SettingsError that names every invalid variable, if there are any */
  throwIfAny(): void {
    if (this.#lines.length === 0) return;
    throw new SettingsError(`Invalid environment variables:\n${this.#lines.join('\n')}`, this.violations);
  }
}

/** Reads the settings. An empty variable is invalid. @throws SettingsError that names every invalid variable */
export function readConfig(environment: Environment): Config {
  const problems = new Problems();
  const clean = readVariables(environment, problems);
  checkDatabase(environment, problems);
  checkPorts(clean, problems);
  problems.throwIfAny();
  return {
    production: clean.NODE_ENV === 'production',
    port: clean.PORT,
    metricsPort: clean.METRICS_PORT,
    host: clean.HOST,
    databasePath: clean.DATABASE_PATH,
    databaseUrl: clean.DATABASE_URL ?? clean.DATABASE_URL_FILE,
    databasePoolSize: clean.DATABASE_POOL_SIZE,
    databaseTimeoutMs: clean.DATABASE_TIMEOUT_MS,
    databaseStartTimeoutMs: clean.DATABASE_START_TIMEOUT_MS,
    databaseIdleTimeoutMs: clean.DATABASE_IDLE_TIMEOUT_MS,
    rateLimitPerMinute: clean.RATE_LIMIT_PER_MINUTE,
    failedLoginsPerMinute: clean.FAILED_LOGINS_PER_MINUTE,
    corsOrigins: clean.CORS_ORIGINS,
    logLevel: clean.LOG_LEVEL,
    slowRequestMs: clean.SLOW_REQUEST_MS,
    trustProxy: clean.TRUST_PROXY,
    shutdownDelayMs: clean.SHUTDOWN_DELAY_MS ?? Math.min(MAX_DEFAULT_DELAY_MS, clean.SHUTDOWN_TIMEOUT_MS / 10),
    shutdownTimeoutMs: clean.SHUTDOWN_TIMEOUT_MS,
    clientMemoryMb: clean.CLIENT_MEMORY_MB,
  };
}

/** Reads each variable on its own, and reports the invalid ones. */
function readVariables(environment: Environment, problems: Problems) {
  return cleanEnv(
    environment,
    {
      NODE_ENV: { ...oneOf(ENVIRONMENTS), default: 'development' as const },
      PORT: { ...integer(0, 65_535), default: 3000 },
      METRICS_PORT: { ...integer(0, 65_535), default: undefined },
      HOST: host({ default: '127.0.0.1' }),
      DATABASE_PATH: databasePath({ default: 'data/customer-organizations.db' }),
      DATABASE_URL: databaseUrl({ default: undefined }),
      DATABASE_URL_FILE: databaseUrlFile({ default: undefined }),
      DATABASE_POOL_SIZE: { ...integer(1, 1000), default: 10 },
      DATABASE_TIMEOUT_MS: { ...integer(100, 2800), default: 2800 },
      DATABASE_START_TIMEOUT_MS: { ...integer(0, 3_600_000), default: 30_000 },
      DATABASE_IDLE_TIMEOUT_MS: { ...integer(1, 3_600_000), default: 10_000 },
      RATE_LIMIT_PER_MINUTE: { ...integer(0, 1_000_000), default: limits.requestsPerMinute },
      FAILED_LOGINS_PER_MINUTE: { ...integer(0, 1_000_000), default: limits.failedLoginsPerMinute },
      CORS_ORIGINS: origins({ default: [] as string[] }),
      LOG_LEVEL: { ...oneOf(LOG_LEVELS), default: 'info' as const },
      SLOW_REQUEST_MS: { ...integer(0, 600_000), default: 1000 },
      TRUST_PROXY: proxies({ default: false }),
      SHUTDOWN_DELAY_MS: { ...integer(0, 600_000), default: undefined },
      SHUTDOWN_TIMEOUT_MS: { ...integer(0, 600_000), default: 10_000 },
      CLIENT_MEMORY_MB: { ...integer(16, 65_536), default: DEFAULT_CLIENT_MEMORY_MB },
    },
    {
      reporter: ({ errors }) => {
        for (const [name, error] of Object.entries(errors)) {
          const reason = error instanceof EnvMissingError ? 'is missing' : (error?.message ?? 'is invalid');
          if (error instanceof VariableError) {
            problems.add(error.variables.join(' and '), error.variables, reason);
            continue;
          }
          const value = environment[name] ?? '';
          const shown = SECRET.has(name) || mayHaveSecret(value) ? name : `${name}=${JSON.stringify(value)}`;
          problems.add(shown, [name], reason);
        }
      },
    },
  );
}

function checkDatabase(environment: Environment, problems: Problems): void {
  const named = DATABASES.filter((name) => environment[name] !== undefined);
  if (named.length > 1) problems.add(named.join(' and '), named, 'only one of them may be set');
  // A misspelled variable would create an empty database in the current folder.
  if (named.length === 0 && environment.NODE_ENV === 'production')
    problems.add(
      'DATABASE_URL, DATABASE_URL_FILE or DATABASE_PATH',
      DATABASES,
      'one of them must be set with NODE_ENV=production',
    );
  if (environment.DATABASE_PATH === ':memory:' && environment.NODE_ENV === 'production')
    problems.add(
      'DATABASE_PATH=":memory:"',
      ['DATABASE_PATH'],
      'would lose everything at the end; name a file with NODE_ENV=production',
    );
}

/** Checks the ports, unless one of them is invalid: reading its value would throw. */
function checkPorts(clean: ReturnType<typeof readVariables>, problems: Problems): void {
  const arePortsValid = !problems.violations.some(({ variable }) => variable === 'METRICS_PORT' || variable === 'PORT');
  if (arePortsValid && clean.METRICS_PORT !== 0 && clean.METRICS_PORT === clean.PORT)
    problems.add('METRICS_PORT and PORT', ['METRICS_PORT', 'PORT'], 'must be different ports');
}
