// Maps common options of other programs to the settings and options of this program.
import { START_COMMAND } from '../../openapi/command/command-name.ts';
import { lookUp } from '../../openapi/command/usage-errors.ts';
import { SETTINGS } from '../settings.ts';

/** Settings, keyed by the option names that other programs use for them. */
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

/**
 * Explains an option for `explainUsage`. A setting also matches by its prefix: `--rate-limit`, RATE_LIMIT_PER_MINUTE.
 */
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
