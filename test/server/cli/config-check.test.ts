// `config check`, and the settings in help.
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../server/config.ts';
import { SETTINGS } from '../../../server/settings.ts';
import { databasePath } from '../../support/fixtures.ts';
import { commandIn } from '../../support/process/command.ts';
import { runHere } from './run-here.ts';

/** The names of the variables that the server reads. */
function readNames(): string[] {
  const read = new Set<string>();
  const get = (_: object, name: string | symbol) => {
    read.add(String(name));
    return undefined;
  };
  readConfig(new Proxy<Record<string, string | undefined>>({}, { get }));
  return [...read];
}

describe('the settings', () => {
  it('describes exactly the settings that are read', () => {
    expect(SETTINGS.map(({ name }) => name).sort()).toEqual(readNames().sort());
  });

  it.each(SETTINGS.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])))(
    'have the default that is described: %s=%s',
    (name, value) => {
      expect(readConfig({ [name]: value })).toEqual(readConfig({}));
    },
  );

  it('are all in the help of serve, in lines of 120 columns', async () => {
    const { code, text } = await runHere({}, 'serve', '--help');

    expect(code).toBe(0);
    expect(readNames().filter((name) => !text.includes(`  ${name} `))).toEqual([]);
    expect(text.split('\n').filter((line) => line.length > 120)).toEqual([]);
  });
});

describe('config check', () => {
  it('prints each setting, where it comes from, and no password', async () => {
    const environment = { PORT: '8080', DATABASE_URL: 'postgres://app:hunter2@db.example/app' };

    const table = await runHere(environment, 'config', 'check');
    const json = await runHere(environment, 'config', 'check', '--json');

    expect([table.code, json.code]).toEqual([0, 0]);
    expect(table.text).toMatch(/^PORT +8080 +set$/m);
    expect(table.text).toMatch(/^HOST +127\.0\.0\.1 +default$/m);
    const { valid, settings: shown } = JSON.parse(json.text);
    expect(valid).toBe(true);
    expect(Object.keys(shown).sort()).toEqual(readNames().sort());
    expect(shown).toMatchObject({
      PORT: { value: '8080', isSet: true },
      DATABASE_URL: { value: 'postgres://app:***@db.example/app', isSet: true },
      METRICS_PORT: { value: null, isSet: false },
    });
    expect(table.text + json.text).not.toContain('hunter2');
  });

  it('prints the URL in the file of DATABASE_URL_FILE', async () => {
    const file = `${await databasePath()}.url`;
    await writeFile(file, 'postgres://app:hunter2@db.example/app\n');

    const table = await runHere({ DATABASE_URL_FILE: file }, 'config', 'check');
    const json = await runHere({ DATABASE_URL_FILE: file }, 'config', 'check', '--json');

    expect(table.text).toMatch(/^DATABASE_URL +postgres:\/\/app:\*\*\*@db\.example\/app +DATABASE_URL_FILE$/m);
    expect(JSON.parse(json.text).settings).toMatchObject({
      DATABASE_URL: { value: 'postgres://app:***@db.example/app', isSet: false, from: 'DATABASE_URL_FILE' },
      DATABASE_URL_FILE: { value: file, isSet: true },
      // There is no SQLite file in that case.
      DATABASE_PATH: { value: null, isSet: false },
    });
  });

  it.each([
    ['postgres://app@db/app', 'postgres://app@db/app'],
    ['postgres://app:@db/app', 'postgres://app:***@db/app'],
    ['postgres://app:a:b%40c@h1:5432,h2/app?sslmode=disable', 'postgres://app:***@h1:5432,h2/app?sslmode=disable'],
    ['postgresql:///app?host=/tmp&password=hunter2', 'postgresql:///app?host=/tmp&password=***'],
    ['postgres://app:db@db/db', '(not shown: it has a password)'],
  ])('hides the password of DATABASE_URL=%s', async (url, shown) => {
    const { code, text } = await runHere({ DATABASE_URL: url }, 'config', 'check', '--json');

    expect(code, text).toBe(0);
    expect(JSON.parse(text).settings.DATABASE_URL).toEqual({ value: shown, isSet: true });
  });

  it.each([
    ...['foo:80', '300.1.1.1', ' 127.0.0.1', '127.0.0.1 ', '[::1]', '1', 'a..b', 'http://a', '"::"', '0.0.0.0/0'].map(
      (value) => ['HOST', value],
    ),
    ...['fe80::', 'FE80::1', 'febf:0::1', 'ff02::1', 'FF0E::1'].map((value) => ['HOST', value]),
    ...[
      ...[',', ' , ', '"https://a.example"', '*,https://a.example', 'null', 'https://*.a.example', 'http://*'],
      ...['https://app.*', 'https://a.example, https://*.b.example:8443', 'https://{a,b}.example', 'https://$HOST'],
    ].map((value) => ['CORS_ORIGINS', value]),
    ...['1,2', '1,', 'loopback,1', '10.0.0.0/8,'].map((value) => ['TRUST_PROXY', value]),
    ...['./x.db/', '.', '~/x.db', '"x.db"', "'x.db'", ' x.db', 'x.db ', '$HOME/x.db', '%h/x.db'].map((value) => [
      'DATABASE_PATH',
      value,
    ]),
    ...['"postgres://h/db"', 'postgres://h/db"', 'postgres://h/db ', ' postgres://h/db'].map((value) => [
      'DATABASE_URL',
      value,
    ]),
  ])('rejects %s=%s, as serve does', async (name = '', value = '') => {
    const checked = await runHere({ [name]: value }, 'config', 'check');
    const served = await runHere({ [name]: value }, 'serve');

    expect(checked).toEqual({ code: 1, text: expect.stringContaining(`  ${name}`) });
    expect(served).toEqual(checked);
  });

  it.each(['*', 'https://a.example', 'http://localhost:5173, https://a_b.xn--mnchen-3ya.de', 'http://[::1]:3000'])(
    'accepts CORS_ORIGINS=%s',
    async (CORS_ORIGINS) => {
      expect((await runHere({ CORS_ORIGINS }, 'config', 'check')).code).toBe(0);
    },
  );

  it.each([
    'localhost',
    '::',
    '::1',
    'fe80::1%eth0',
    'fec0::1',
    'fe8::1',
    'ff::1',
    'fe80',
    '0.0.0.0',
    'db_1.example.com',
    'host-1',
  ])('accepts HOST=%s', async (HOST) => {
    expect((await runHere({ HOST }, 'config', 'check')).code).toBe(0);
  });

  it('prints the variables of libpq that are set, without passwords, and serve --help lists them', async () => {
    const environment = {
      DATABASE_URL: 'postgres://h/db',
      PGUSER: 'app',
      PGPASSWORD: 'hunter2',
      PGPASSWORD_FILE: '/f',
    };

    const { text } = await runHere(environment, 'config', 'check', '--json');
    const help = await runHere({}, 'serve', '--help');

    expect(JSON.parse(text).settings).toMatchObject({
      PGUSER: { value: 'app', isSet: true },
      PGPASSWORD: { value: '***', isSet: true },
      PGPASSWORD_FILE: { value: '/f', isSet: true },
    });
    expect(text).not.toMatch(/hunter2|PGHOST/);
    expect(help.text).toMatch(/^ {2}PGPASSWORD_FILE +file with the password of PostgreSQL$/m);
  });

  it('exits with 1 and names every invalid setting', async () => {
    const { code, text } = await runHere({ PORT: 'x', LOG_LEVEL: 'loud' }, 'config', 'check');

    expect(code).toBe(1);
    expect(text).toContain('PORT="x"');
    expect(text).toContain('LOG_LEVEL="loud"');
  });

  it.each([
    [{ PORT: 'x', LOG_LEVEL: 'loud' }, ['PORT', 'LOG_LEVEL']],
    [{ DATABASE_URL: 'mysql://app:hunter2@db/app', PORT: '' }, ['DATABASE_URL', 'PORT']],
    [{ PORT: '80', METRICS_PORT: '80', HOST: 'a b' }, ['HOST', 'METRICS_PORT', 'PORT']],
    [{ NODE_ENV: 'production', PORT: 'x' }, ['DATABASE_PATH', 'DATABASE_URL', 'DATABASE_URL_FILE', 'PORT']],
    [{ NODE_ENV: 'production', DATABASE_PATH: ':memory:' }, ['DATABASE_PATH']],
    [{ DATABASE_PATH: 'x.db', DATABASE_URL: 'postgres://h/d' }, ['DATABASE_PATH', 'DATABASE_URL']],
  ])('--json prints every invalid setting of %j on standard output, and exits with 1', async (environment, names) => {
    const { code, stdout, stderr } = await commandIn(environment, 'config', 'check', '--json');

    expect(code).toBe(1);
    const { valid, errors } = JSON.parse(stdout);
    expect(valid).toBe(false);
    expect(errors.map(({ variable }: { variable: string }) => variable).sort()).toEqual([...names].sort());
    expect(errors).toEqual(names.map(() => ({ variable: expect.any(String), message: expect.stringMatching(/.../) })));
    expect(JSON.parse(stderr).error).toMatchObject({ type: 'settings', errors });
    expect(stdout + stderr).not.toContain('hunter2');
  });
});
