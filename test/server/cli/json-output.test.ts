// `--json`: the output and the errors of commands for scripts.
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { databasePath } from '../../support/fixtures.ts';
import { command, commandIn, createKey } from '../../support/process/command.ts';
import { runHere } from './run-here.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';

describe('--json', () => {
  it('prints one object for migrate, migrate --check, and customers import', async () => {
    const path = await databasePath();
    const file = `${path}.csv`;
    await writeFile(file, `id,name\n${OWNER},FinTech Solutions Inc.\n`);

    const migrated = await command(path, 'migrate', '--json');
    const checked = await command(path, 'migrate', '--check', '--json');
    await createKey(path, 'Acme');
    const imported = await command(path, 'customers', 'import', file, '--account', 'Acme', '--json');

    expect([migrated.code, checked.code, imported.code]).toEqual([0, 0, 0]);
    expect(JSON.parse(migrated.stdout)).toEqual({
      database: path,
      applied: expect.arrayContaining(['0001-initial.sql']),
    });
    expect(JSON.parse(checked.stdout)).toMatchObject({ database: path, missing: [] });
    expect(JSON.parse(imported.stdout)).toEqual({
      account: 'Acme',
      dryRun: false,
      added: 1,
      renamed: 0,
      unchanged: 0,
    });
  });

  it.each(['events', 'organizations'])(
    'prints JSON Lines for %s export, and is rejected with --format',
    async (name) => {
      const path = await databasePath();
      await createKey(path, 'Acme');
      const words = [name, 'export', '--account', 'Acme', '--json'];

      const plain = await command(path, ...words);
      const both = await command(path, ...words, '--format', 'csv');

      expect(plain.code).toBe(0);
      for (const line of plain.stdout.split('\n').filter(Boolean)) expect(JSON.parse(line)).toHaveProperty('id');
      expect(both.code).toBe(2);
    },
  );

  it.each(
    [
      'keys create --account A',
      'keys list',
      'keys rotate x',
      'keys pin x none',
      'keys disable x',
      'keys enable x',
      'keys revoke x',
      'customers import x.csv --account A',
      'customers list --account A',
      `customers get ${OWNER} --account A`,
      `customers delete ${OWNER} --account A`,
      'accounts list',
      'accounts rename A B',
      'accounts delete A',
      `organizations get ${OWNER}`,
      `organizations delete ${OWNER}`,
      'organizations export --account A',
      'events export',
      'migrate',
      'migrate --check',
      'backup x.db',
      'restore x.db',
      'serve',
    ].map((line) => [line]),
  )('prints errors of `%s` as one JSON object on standard error', async (line) => {
    const argv = [...line.split(' '), '--json'];

    const settings = await commandIn({ PORT: 'x' }, ...argv);
    const usage = await commandIn({}, ...argv, '--nope');

    const errors = [{ variable: 'PORT', message: 'must be an integer from 0 to 65535' }];
    expect(settings).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(settings.stderr)).toEqual({
      error: { type: 'settings', message: expect.stringContaining('PORT="x"'), errors },
    });
    expect(usage).toMatchObject({ code: 2, stdout: '' });
    expect(JSON.parse(usage.stderr)).toEqual({
      error: { type: 'usage', message: expect.stringContaining("unknown option '--nope'") },
    });
  });

  it.each([
    ['keys create --account Other --json', 1, 'failure', 'There is no account "Other".'],
    ['keys disable co_x --json', 1, 'failure', 'There is no key "co_x".'],
    ['accounts delete Other --json', 1, 'failure', 'There is no account "Other".'],
    ['customers import missing.csv --account Acme --json', 1, 'failure', 'missing.csv'],
    ['keys make --json', 2, 'usage', "unknown command 'make'"],
    ['nope --json', 2, 'usage', "unknown command 'nope'"],
    ['keys create --json', 2, 'usage', "required option '-a, --account <name>' not specified"],
    ['customers get --json', 2, 'usage', "missing required argument 'id'"],
    ['events export --since soon --json', 2, 'usage', 'Use a date such as'],
    ['keys pin x 2020-01-01 --json', 2, 'usage', "'2020-01-01'"],
  ])('of `%s` exits with %i, and prints the error of type %s', async (line, code, type, message) => {
    const path = await databasePath();
    await createKey(path, 'Acme');

    const ended = await command(path, ...line.split(' '));

    expect(ended).toMatchObject({ code, stdout: '' });
    expect(JSON.parse(ended.stderr)).toEqual({ error: { type, message: expect.stringContaining(message) } });
  });

  it('takes --json after `--` as an argument', async () => {
    const path = await databasePath();
    await createKey(path, 'Acme');

    const { code, stderr } = await command(path, 'accounts', 'delete', '--', '--json');

    expect({ code, start: stderr.slice(0, 28) }).toEqual({ code: 1, start: 'There is no account "--json"' });
  });

  it('is an option of every command', async () => {
    const list = async (...group: string[]) => {
      const { text } = await runHere({}, ...group, '--help');
      const [, commands = ''] = text.split('\nCommands:\n');
      return [...commands.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
    };
    const all: string[][] = [];
    for (const group of await list()) {
      const own = await list(group);
      all.push(...(own.length > 0 ? own.map((name) => [group, name]) : [[group]]));
    }
    const helps = await Promise.all(
      all.map(async (words) => [words.join(' '), (await runHere({}, ...words, '--help')).text]),
    );

    expect(all.length).toBeGreaterThan(12);
    expect(helps.filter(([, text = '']) => !text.includes('--json')).map(([name]) => name)).toEqual([]);
  });
});
