// `config check`: validates the settings, as `serve` does, and prints them without passwords.
import type { Command } from 'commander';
import { type Config, readConfig } from '../../config.ts';
import { POSTGRES_VARIABLES, SETTINGS, type Setting } from '../../settings.ts';
import { SettingsError } from '../../settings-error.ts';
import { hidePassword } from '../../store/postgres/address/hide-password.ts';
import { escapeInvisible } from '../../text/invisible.ts';
import type { CliContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { formatTable } from '../table.ts';

export function addConfigCommand(program: Command, { environment, stdout }: CliContext): void {
  const config = program.command('config').description('check the settings');
  config
    .command('check')
    .description('validate the settings as `serve` does, and print them; exit with 1 when one is invalid')
    .option('--json', 'print one JSON object')
    .action(({ json }: { json?: true }) => {
      const { databaseUrl } = json ? readOrPrint(environment, stdout) : readConfig(environment);
      const settings = SETTINGS.map((setting) => ({
        name: setting.name,
        ...(setting.isSecret ? describeUrl(databaseUrl, environment) : describeValue(setting, environment)),
        // The SQLite file is not used when there is a URL.
        ...(setting.name === 'DATABASE_PATH' && databaseUrl !== undefined && { value: null }),
      }));
      const rows = databaseUrl === undefined ? settings : [...settings, ...describeVariables(environment)];
      if (json) {
        const shown = Object.fromEntries(rows.map(({ name, ...described }) => [name, described]));
        stdout.write(jsonLine({ valid: true, settings: shown }));
        return;
      }
      const cells = rows.map(({ name, value, isSet, from = isSet ? 'set' : 'default' }) => [
        name,
        escapeInvisible(value ?? '-'),
        from,
      ]);
      stdout.write(formatTable([['SETTING', 'VALUE', 'FROM'], ...cells]));
    });
}

/** Reads the settings. Prints invalid ones to standard output, because they are the result. @throws SettingsError */
function readOrPrint(environment: CliContext['environment'], stdout: CliContext['stdout']): Config {
  try {
    return readConfig(environment);
  } catch (error) {
    if (error instanceof SettingsError) stdout.write(jsonLine({ valid: false, errors: error.violations }));
    throw error;
  }
}

interface Described {
  value: string | null;
  isSet: boolean;
  /** The source of the value, if it is neither the variable nor the default. */
  from?: string;
}

function describeValue({ name, value }: Setting, environment: CliContext['environment']): Described {
  const given = environment[name];
  return { value: given ?? value ?? null, isSet: given !== undefined };
}

/** Describes the variables of libpq that are set. */
function describeVariables(environment: CliContext['environment']): ({ name: string } & Described)[] {
  return POSTGRES_VARIABLES.filter(({ name }) => environment[name]).map((setting) => ({
    name: setting.name,
    ...(setting.isSecret ? { value: '***', isSet: true } : describeValue(setting, environment)),
  }));
}

/** Describes DATABASE_URL, which may come from a file. */
function describeUrl(url: string | undefined, environment: CliContext['environment']): Described {
  const isSet = environment.DATABASE_URL !== undefined;
  if (url === undefined) return { value: null, isSet };
  return { value: hidePassword(url), isSet, ...(!isSet && { from: 'DATABASE_URL_FILE' }) };
}

/** Describes the settings for the help of `serve`. */
export function describeSettings(): string {
  return (
    `\nSettings are environment variables:\n${formatTable(SETTINGS.map(toHelp))}` +
    `\nWith DATABASE_URL also those of libpq, for what it does not say:\n${formatTable(POSTGRES_VARIABLES.map(toHelp))}`
  );
}

function toHelp({ name, value, meaning }: Setting): string[] {
  return [`  ${name}`, value === undefined ? meaning : `${meaning} (default: ${value})`];
}
