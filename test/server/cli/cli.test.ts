// The command line: help, wrong usage, exit codes.
import { readdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { databasePath } from '../../support/fixtures.ts';
import { command, ended, said, spawnCommand } from '../../support/process/command.ts';

describe('the command line', () => {
  const commands = [
    ['serve'],
    ['keys'],
    ['keys', 'create'],
    ['keys', 'list'],
    ['keys', 'revoke'],
    ['customers'],
    ['customers', 'import'],
    ['organizations'],
    ['organizations', 'list'],
    ['organizations', 'export'],
    ['migrate'],
    [],
  ];
  it.each(commands)('prints help: %s %s', async (...words) => {
    const { code, stdout, stderr } = await command(await databasePath(), ...words, '--help');

    expect(stdout).toMatch(/^Usage: npm run server -- /);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it.each([
    ['keyz', 'keys'],
    ['costumers', 'customers'],
    ['keys creat', 'create'],
    ['organizations exprot', 'export'],
    ['import f.csv --account X', 'customers import'],
    ['keys import', 'customers import'],
    ['customers export', 'organizations export, events export'],
    ['create', 'keys create'],
    ['org list', 'organizations'],
    ['list', 'accounts list, keys list, customers list, organizations list'],
    ['keys create --acount X', '--account'],
    ['keys create --account X --pin-verson', '--pin-version'],
    ['customers import f.csv --account X --dryrun', '--dry-run'],
    ['organizations list --account X --sinse 2026-01-01', '--since'],
    ['serve --hlep', '--help'],
  ])('suggests a command or option: %s', async (line, nearest) => {
    const { code, stdout, stderr } = await command(await databasePath(), ...line.split(' '));

    expect(stderr).toMatch(/^error: unknown (command|option)/);
    expect(stderr).toContain(`(Did you mean ${nearest}?)`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it.each([
    ['serve --port 3001', 'the environment variable PORT, such as in: PORT=3001 npm start'],
    ['--port=3001', 'the environment variable PORT, such as in: PORT=3001 npm start'],
    ['serve -p 3001', 'the environment variable PORT, such as in: PORT=3001 npm start'],
    ['serve --database-url postgres://x', 'the environment variable DATABASE_URL, such as in: DATABASE_URL='],
    ['serve --rate-limit 5', 'the environment variable RATE_LIMIT_PER_MINUTE, such as in: RATE_LIMIT_PER_MINUTE='],
    ['serve --verbose', 'the environment variable LOG_LEVEL, such as in: LOG_LEVEL=debug npm start'],
    ['keys list --db x.db', 'the environment variable DATABASE_PATH, such as in: DATABASE_PATH=data.db npm start'],
    ['keys create --name Acme', '--account NAME'],
    ['keys create --account Acme --ttl 90d', '--expires WHEN'],
    ['keys list --format json', '--json'],
  ])('names the equivalent option: %s', async (line, meaning) => {
    const { code, stdout, stderr } = await command(await databasePath(), ...line.split(' '));

    expect(stderr).toMatch(/^error: unknown option/);
    expect(stderr).toContain(`\n(Use ${meaning}`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it.each([
    ['', /Usage/],
    ['keys', /Usage/],
    ['keys create', /'-a, --account <name>' not specified/],
    ['keys revoke', /missing required argument 'client-id'/],
    ['keys revoke a b', /too many arguments/],
    ['customers import x.csv', /'-a, --account <name>' not specified/],
    ['customers import README.md --account X', /unknown format of README\.md/],
    ['customers import - --account X', /unknown format of standard input: use --format csv, jsonl or json/],
    ['customers import x.csv --account X --format xml', /Allowed choices are csv, jsonl, json/],
    ['organizations export --account X --since 2026-02-30', /Use a date/],
    ['organizations export --account X --since yesterday', /Use a date/],
    ['organizations export --account X --format xml', /Allowed choices are jsonl, csv/],
    ['organizations export --account X --raw', /--raw is for --format csv only/],
    ['customers import x.jsonl --account X --raw', /--raw is for CSV only/],
  ])('exits with 2 on wrong usage: %s', async (line, reason) => {
    const { code, stderr } = await command(await databasePath(), ...line.split(' ').filter((word) => word !== ''));

    expect(stderr).toMatch(reason);
    expect(code).toBe(2);
  });

  it.each([
    [['fo\no']],
    [['keys', 'list', '--x\ny']],
    [['customers', 'import', 'x\ny', '--account', 'X']],
    [['customers', 'import', 'x.csv', '--account', 'X', '--format', 'x\ny']],
    [['organizations', 'export', '--account', 'X', '--since', 'x\ny']],
  ])('escapes the line break of an argument in its messages: %j', async (argv) => {
    const { code, stderr } = await command(await databasePath(), ...argv);

    expect(code).toBeGreaterThan(0);
    expect(stderr).not.toMatch(/[xo]\n[yo]/);
    expect(stderr).toMatch(/[xo]\\(n|u000a)[yo]/);
  });

  it.each([
    ['', 'The name is missing.'],
    [' ', 'The name is blank.'],
    ['a\nb', 'The name "a\\nb" contains the control character U+000A.'],
    ['a\u202eb', 'The name "a\\u202eb" contains the bidirectional control U+202E RIGHT-TO-LEFT OVERRIDE.'],
    ['a\u200b', 'The name "a\\u200b" contains the invisible character U+200B ZERO WIDTH SPACE.'],
    ['x'.repeat(256), 'The name has 256 characters; at most 255 are allowed.'],
  ])('rejects the account name %j', async (name, reason) => {
    const { code, stderr } = await command(await databasePath(), 'keys', 'create', '--account', name);

    expect(stderr).toContain(reason);
    expect(code).toBe(2);
  });

  it.each([
    [' Acme', 'The name " Acme" begins or ends with a space.'],
    ['Acme ', 'The name "Acme " begins or ends with a space.'],
    ['\u00a0Acme', 'begins or ends with a space.'],
    ['Acme\u3000', 'begins or ends with a space.'],
    ['Acme\u00a0Ltd', 'has the space U+00A0, which looks like an ordinary one.'],
    [
      '019AB1C0-5d2e-7c4a-8f31-6be0a9d47e52',
      'The name "019AB1C0-5d2e-7c4a-8f31-6be0a9d47e52" has the form of an ID, and so could be taken for one.',
    ],
    ['Cafe\u0301', 'Write it as "Caf\u00e9" (NFC).'],
    ['Ac\u200bme', 'U+200B ZERO WIDTH SPACE'],
    ['Ac\tme', 'U+0009'],
  ])('creates no account %j, and renames none to it', async (name, reason) => {
    const path = await databasePath();
    await command(path, 'keys', 'create', '--account', 'Acme', '--create-account');

    const created = await command(path, 'keys', 'create', '--account', name, '--create-account');
    const renamed = await command(path, 'accounts', 'rename', 'Acme', name);

    for (const { code, stdout, stderr } of [created, renamed]) {
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(reason);
    }
    expect((await command(path, 'accounts', 'list')).stdout).toMatch(/^Acme \([^\n]*\n$/);
  });

  it.each([
    ['no/such.txt', 'There is no file no/such.txt.', 1],
    ['no/such.csv', 'There is no file no/such.csv.', 1],
    ['server', 'server is a folder, not a file or a pipe.', 1],
  ])('reports errors of the file first: customers import %s', async (file, reason, expected) => {
    const path = await databasePath();
    await command(path, 'keys', 'create', '--account', 'X', '--create-account');

    const { code, stderr } = await command(path, 'customers', 'import', file, '--account', 'X');

    expect({ code, stderr }).toEqual({ code: expected, stderr: `${reason}\n` });
  });

  it.each([
    [['keys', 'revoke', 'co_\u001b[2J\u202e'], 1],
    [['keys', 'list', '--account', '\u001b[2J\u202e'], 1],
    [['keys', 'create', '--account', '\u001b[2J\u202e'], 2],
    [['\u001b[2J\u202e'], 2],
    [['organizations', 'export', '--account', 'X', '--since', '\u001b[2J\u202e'], 2],
    [['customers', 'import', '\u001b[2J\u202e', '--account', 'X'], 1],
    [['customers', 'import', '\u001b[2J\u202e.csv', '--account', 'X'], 1],
  ])('escapes invisible characters of the command line in its messages: %j', async (words, expected) => {
    const path = await databasePath();
    await command(path, 'keys', 'create', '--account', 'X', '--create-account');

    const { code, stderr } = await command(path, ...words);

    expect(stderr).toContain('\\u001b[2J\\u202e');
    expect(stderr).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    expect(code).toBe(expected);
  });

  it('exits with 1 and one line when the database is damaged', async () => {
    const path = await databasePath();
    await writeFile(
      path,
      'This is no database, but it is long enough to be read as one by a program that does not look.'.repeat(20),
    );

    const { code, stdout, stderr } = await command(path, 'keys', 'list');

    expect(stderr).toMatch(/^.* is not a SQLite database, or is damaged\. .*\n$/);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  it.each([
    'keys list',
    'keys revoke co_x',
    'customers import a.csv --account Acme',
    'organizations export --account Acme',
  ])('exits with 1 when there is no database, and creates none: %s', async (line) => {
    const path = await databasePath();

    const { code, stdout, stderr } = await command(path, ...line.split(' '));

    expect(stderr).toBe(
      `There is no database ${path}. Set DATABASE_PATH to an existing one; ` +
        '`migrate` and `keys create --create-account` create one, and so does `serve` outside production.\n',
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(await readdir(dirname(path))).toEqual([]);
  });

  it('exits with 1 and names every invalid setting', async () => {
    const child = spawnCommand({ PORT: 'x', LOG_LEVEL: 'loud' }, 'serve');

    const { code, stdout, stderr } = await ended(child);

    expect(stderr).toMatch(/^Invalid environment variables:\n {2}PORT="x".*\n {2}LOG_LEVEL="loud".*\n$/);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  it('creates a database with migrate, and changes nothing the second time', async () => {
    const path = await databasePath();

    const first = await command(path, 'migrate');
    const second = await command(path, 'migrate');

    expect(first).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^Applied 0001-initial\.sql\.\n(Applied \S+\.sql\.\n)*\S+ is up to date\.\n$/),
      stderr: '',
    });
    expect(second).toEqual({ code: 0, stdout: `${path} is up to date.\n`, stderr: '' });
  });

  it('creates one account when eight processes open a new database at once', async () => {
    const path = await databasePath();

    const children = Array.from({ length: 8 }, () =>
      ended(
        spawnCommand(
          { DATABASE_PATH: path, NODE_ENV: 'production' },
          'keys',
          'create',
          '--account',
          'One',
          '--create-account',
        ),
      ),
    );
    const results = await Promise.all(children);

    expect(results.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual(Array(8).fill(0));
    const { stdout } = await command(path, 'keys', 'list', '--account', 'One', '--json');
    expect(stdout.trimEnd().split('\n')).toHaveLength(8);
  });

  it('serves until SIGTERM and exits with 0', async () => {
    const path = await databasePath();
    await command(path, 'migrate');
    const child = spawnCommand({ DATABASE_PATH: path, PORT: '0', NODE_ENV: 'production' }, 'serve');
    onTestFinished(() => void child.kill('SIGKILL'));
    const end = ended(child);
    await said(child.stdout, /"msg":"listening"/);

    child.kill('SIGTERM');

    expect(await end).toMatchObject({ code: 0, stderr: '' });
  });
});
