// The command line of this project's scripts. Arguments are validated before a script does anything.
import { Command } from 'commander';
import { version } from '../version.ts';
import { explainUsage, lookUp } from './usage-errors.ts';

/**
 * A command run as `npm run NAME -- [options]`. `parse()` ends the process with 0 after `--help`, and with 2 after an
 * unknown option, for which it suggests the nearest one or that in `meanings`, or an excess argument.
 *
 * @example
 * const { check } = createCommand('generate', 'Write generated/.')
 *   .option('--check', 'only report stale files', false)
 *   .parse()
 *   .opts<{ check: boolean }>();
 */
export function createCommand(
  name: string,
  description: string,
  meanings: Readonly<Record<string, string>> = {},
): Command {
  const script = new Script(`npm run ${name} --`);
  return script
    .description(description)
    .helpOption('-h, --help', 'print this help')
    .version(version, '-V, --version', 'print the version of this package')
    .configureOutput({ outputError: (text, write) => write(explainUsage(text, lookUp(meanings), script.options)) })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
}

class Script extends Command {
  /** npm takes options before ` -- ` as its own, so that a dry run of a release would write it. */
  override parse(...args: Parameters<Command['parse']>): this {
    super.parse(...args);
    for (const option of this.options) {
      const isTaken = process.env[`npm_config_${option.name().replaceAll('-', '_')}`] !== undefined;
      if (isTaken && this.getOptionValueSource(option.attributeName()) !== 'cli')
        this.error(
          `error: npm took ${option.long} for its own. Write it behind two hyphens: ${this.name()} ${option.long}`,
        );
    }
    return this;
  }
}
