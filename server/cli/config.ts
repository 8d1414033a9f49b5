// `config check`: validates the settings, as `serve` does, and prints them without passwords.
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { SETTINGS, type Setting } from '../settings.ts';
import { escapeInvisible } from '../text/invisible.ts';
import type { CliContext } from './context.ts';
import { formatTable } from './table.ts';

export function addConfigCommand(program: Command, { environment, stdout }: CliContext): void {
  const config = program.command('config').description('check the settings');
  config
    .command('check')
    .description('validate the settings as `serve` does, and print them; exit with 1 when one is invalid')
    .option('--json', 'print one JSON object')
    .action(({ json }: { json?: true }) => {
      readConfig(environment);
      const rows = SETTINGS.map((setting) => ({ name: setting.name, ...describeValue(setting, environment) }));
      if (json) {
        const shown = Object.fromEntries(rows.map(({ name, value, isSet }) => [name, { value, isSet }]));
        stdout.write(`${escapeInvisible(JSON.stringify(shown))}\n`);
        return;
      }
      const cells = rows.map(({ name, value, isSet }) => [
        name,
        escapeInvisible(value ?? '-'),
        isSet ? 'set' : 'default',
      ]);
      stdout.write(formatTable([['SETTING', 'VALUE', 'FROM'], ...cells]));
    });
}

function describeValue({ name, value, isSecret }: Setting, environment: CliContext['environment']) {
  const given = environment[name];
  if (given === undefined) return { value: value ?? null, isSet: false };
  return { value: isSecret ? '(secret)' : given, isSet: true };
}

/** The settings, for the help of `serve`. */
export function describeSettings(): string {
  const rows = SETTINGS.map(({ name, value, meaning }) => [
    `  ${name}`,
    value === undefined ? meaning : `${meaning} (default: ${value})`,
  ]);
  return `\nSettings are environment variables:\n${formatTable(rows)}`;
}
