// What options of other programs are here: settings, and options with another name.
import { START_COMMAND } from '../../openapi/command/command-name.ts';
import { lookUp } from '../../openapi/command/usage-errors.ts';
import { SETTINGS } from '../settings.ts';

/** Settings by what other programs call them, besides their own names. */
const SETTING_OF = lookUp({
  PORT: 'p listen',
  HOST: 'address bind hostname ip',
  DATABASE_PATH: 'd db database sqlite file db-path data',
  DATABASE_URL: 'db-url postgres postgresql pg connection-string',
  LOG_LEVEL: 'v verbose debug log loglevel',
  NODE_ENV: 'env environment production prod mode',
  CORS_ORIGINS: 'cors-origin origin origins allow-origin',
  TRUST_PROXY: 'proxy behind-proxy',
});

const OPTION_OF = lookUp({
  '--account NAME': 'name account-name acc',
  '--create-account': 'create new-account',
  '--expires WHEN': 'expiry expire-in expires-at expires-in ttl until valid-until',
  '--label TEXT': 'description note comment title',
  '--json': 'format output o j',
  '--since DATE': 'after start',
  '--dry-run': 'n dry check-only',
});

/** For `explainUsage`. A setting is also found by how it begins: `--rate-limit` is RATE_LIMIT_PER_MINUTE. */
export function meaningOf(option: string): string | undefined {
  const words = option.replaceAll('-', '_').toUpperCase();
  const setting =
    SETTINGS.find(({ name }) => name === words)?.name ??
    SETTING_OF(option) ??
    (words.length > 3 ? SETTINGS.find(({ name }) => name.startsWith(`${words}_`))?.name : undefined);
  if (setting === undefined) return OPTION_OF(option);
  return `the environment variable ${setting}, such as in: ${setting}=${EXAMPLES[setting] ?? '...'} ${START_COMMAND}`;
}

const EXAMPLES: Readonly<Record<string, string>> = {
  PORT: '3001',
  HOST: '0.0.0.0',
  DATABASE_PATH: 'data.db',
  DATABASE_URL: 'postgres://localhost/db',
  LOG_LEVEL: 'debug',
  NODE_ENV: 'production',
};
