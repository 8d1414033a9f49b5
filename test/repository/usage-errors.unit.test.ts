// Messages about wrong usage: options in other spellings.
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { explainUsage } from '../../openapi/command/usage-errors.ts';

/** The message of a command with these options about the arguments. */
function messageFor(argument: string): string {
  let written = '';
  const command = new Command('x')
    .option('--check')
    .option('--port <number>')
    .option('--color [when]')
    .configureOutput({
      outputError: (text) => {
        written = explainUsage(text, (name) => (name === 'verify' ? '--check' : undefined), command.options);
      },
      writeErr: () => {},
    })
    .exitOverride();
  expect(() => command.parse([argument], { from: 'user' })).toThrow();
  return written;
}

describe('explainUsage', () => {
  it.each([
    ['-check', 'Did you mean --check? It takes no value.'],
    ['--check=false', 'Did you mean --check? It takes no value.'],
    ['--check=', 'Did you mean --check? It takes no value.'],
    ['-check=true', 'Did you mean --check? It takes no value.'],
    ['-port', 'Did you mean --port?'],
    ['-port=1', 'Did you mean --port?'],
    ['-color', 'Did you mean --color?'],
    ['--chekc', 'Did you mean --check?'],
    ['--verify', 'Use --check'],
    ['-verify=1', 'Use --check'],
  ])('names the option that %s means', (argument, hint) => {
    expect(messageFor(argument)).toBe(`error: unknown option '${argument}'\n(${hint})\n`);
  });

  it.each(['-x', '--bogus=1'])('suggests nothing for %s', (argument) => {
    expect(messageFor(argument)).toBe(`error: unknown option '${argument}'\n`);
  });
});
