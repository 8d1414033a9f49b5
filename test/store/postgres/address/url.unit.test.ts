// DATABASE_URL: how it is parsed.
import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../../server/config.ts';
import { describeMissingTls } from '../../../../server/store/postgres/address/tls.ts';
import { parseDatabaseUrl } from '../../../../server/store/postgres/address/url.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

describe('parseDatabaseUrl', () => {
  it('parses every part and decodes percent-encoding', () => {
    const address = parseDatabaseUrl(
      'postgres://us%40er:p%40ss%2Fw%3Ard@db.example.com:6432/my%20base' +
        '?application_name=app&options=-c%20search_path%3Dx',
    );

    expect(address).toMatchObject({
      host: 'db.example.com',
      port: 6432,
      database: 'my base',
      user: 'us@er',
      password: 'p@ss/w:rd',
      ssl: false,
      applicationName: 'app',
      options: '-c search_path=x',
    });
    expect(address.displayName).toBe('my base on db.example.com:6432 as us@er');
  });

  it('leaves missing parts undefined', () => {
    expect(parseDatabaseUrl('postgresql:///')).toMatchObject({ host: undefined, port: undefined, password: undefined });
    expect(parseDatabaseUrl('postgresql:///', {}).user).toBe(userInfo().username);
    expect(parseDatabaseUrl('postgresql:///', { USER: 'other', PGUSER: 'app' }).user).toBe('app');
    expect(parseDatabaseUrl('postgresql:///', { USER: 'other' }).user).toBe(userInfo().username);
    expect(parseDatabaseUrl('postgres://[::1]/x')).toMatchObject({ host: '::1' });
    expect(parseDatabaseUrl('postgres:///x?host=/run/postgresql')).toMatchObject({ host: '/run/postgresql' });
  });

  it('maps each sslmode to TLS options', () => {
    const ssl = (query: string) => parseDatabaseUrl(`postgres://h/d?${query}`).ssl;

    expect(ssl('sslmode=disable')).toBe(false);
    expect(ssl('sslmode=require')).toMatchObject({ rejectUnauthorized: false });
    expect(ssl('sslmode=verify-full')).toEqual({});
    // Node's own certificate authorities are its default.
    expect(ssl('sslrootcert=system')).toEqual({});
    expect(ssl('sslmode=verify-full&sslrootcert=system')).toEqual({});
  });

  it('reads the URL from the file of DATABASE_URL_FILE, and does not print it', async () => {
    await using folder = await temporaryFolder();
    const DATABASE_URL_FILE = join(folder.path, 'url');
    await writeFile(DATABASE_URL_FILE, 'postgres://u:hunter@h/d\n');

    expect(readConfig({ DATABASE_URL_FILE, NODE_ENV: 'production' }).databaseUrl).toBe('postgres://u:hunter@h/d');
    await writeFile(DATABASE_URL_FILE, 'postgres://u:hunter@h:x/d\n');
    expect(() => readConfig({ DATABASE_URL_FILE })).toThrow('must have a port from 1 to 65535');
    expect(() => readConfig({ DATABASE_URL_FILE })).not.toThrow('hunter');
  });

  it('reads missing parameters from the variables of libpq', () => {
    const environment = { PGSSLMODE: 'require', PGOPTIONS: '-c search_path=x', PGAPPNAME: 'app' };

    expect(parseDatabaseUrl('postgres://h/d', environment)).toMatchObject({
      ssl: { rejectUnauthorized: false },
      options: '-c search_path=x',
      applicationName: 'app',
    });
    expect(
      parseDatabaseUrl('postgres://h/d?sslmode=disable&options=-c%20a%3Db&application_name=b', environment),
    ).toMatchObject({ ssl: false, options: '-c a=b', applicationName: 'b' });
    expect(() => parseDatabaseUrl('postgres://h/d', { PGSSLMODE: 'prefer' })).toThrow('sslmode=prefer');
    expect(() => parseDatabaseUrl('postgres://h/d', { PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/none' })).toThrow(
      'cannot be read (ENOENT)',
    );
  });
});

const SECRET = 'hunter2hunter2';

const HOSTADDR_NAME = `db on h:5432 (10.0.0.1) as ${userInfo().username}`;

describe('a URL as libpq reads it', () => {
  const parse = (url: string, environment: Record<string, string> = {}) => parseDatabaseUrl(url, environment);

  it.each([
    ['postgres://u:p@/db?host=/tmp', { host: '/tmp', user: 'u', password: 'p', database: 'db' }],
    ['postgres://%2Ftmp/db', { host: '/tmp', database: 'db' }],
    ['postgres://', { host: undefined, port: undefined, user: userInfo().username, database: undefined }],
    ['postgres://u@', { host: undefined, user: 'u' }],
    ['postgres://u:p?#@h/db', { password: 'p?#', host: 'h' }],
    [
      'postgres://h/db?user=u&password=p%26&dbname=other&port=1',
      { user: 'u', password: 'p&', database: 'other', port: 1 },
    ],
    ['postgres://h/db?hostaddr=10.0.0.1', { host: 'h', hostaddr: '10.0.0.1', displayName: HOSTADDR_NAME }],
    ['postgres:///db?hostaddr=10.0.0.1', { host: '10.0.0.1', hostaddr: undefined }],
    ['postgres:///db?host=/tmp&hostaddr=10.0.0.1', { host: '10.0.0.1', hostaddr: undefined }],
    ['postgres://:5433/db', { host: undefined, port: 5433 }],
    ['postgres://h/db?connect_timeout=3', { connectTimeoutMs: 3000 }],
    ['postgres://h/db?connect_timeout=0', { connectTimeoutMs: undefined }],
    ['postgres://h/db?fallback_application_name=a', { applicationName: 'a' }],
    ['postgres://h/db?channel_binding=prefer', { channelBinding: 'disable' }],
    ['postgres://h/db?channel_binding=require&sslmode=require', { channelBinding: 'require' }],
    ['postgres://h/db?target_session_attrs=read-write', { host: 'h' }],
  ])('parses %s', (url, expected) => {
    expect(parse(url)).toMatchObject(expected);
  });

  it('parses several hosts, with a port each or one for all', () => {
    const hosts = (url: string, environment = {}) => parse(url, environment).hosts;

    expect(hosts('postgres://a:1,[::1]:2,c/db')).toEqual([
      { host: 'a', port: 1 },
      { host: '::1', port: 2 },
      { host: 'c', port: undefined },
    ]);
    expect(hosts('postgres:///db?host=a,b&port=7')).toEqual([
      { host: 'a', port: 7 },
      { host: 'b', port: 7 },
    ]);
    expect(hosts('postgres://', { PGHOST: 'a,/tmp', PGPORT: '1,2' })).toEqual([
      { host: 'a', port: 1 },
      { host: '/tmp', port: 2 },
    ]);
    expect(hosts('postgres://a,b/db?hostaddr=10.0.0.1,10.0.0.2')).toEqual([
      { host: 'a', hostaddr: '10.0.0.1' },
      { host: 'b', hostaddr: '10.0.0.2' },
    ]);
    expect(hosts('postgres://a', { PGHOSTADDR: '10.0.0.1' })).toEqual([{ host: 'a', hostaddr: '10.0.0.1' }]);
    expect(() => parse('postgres://a,b/db?hostaddr=10.0.0.1')).toThrow('has 2 hosts and 1 values of hostaddr');
    expect(parse('postgres://u@a:1,b/db').displayName).toBe('db on a:1, b:5432 as u');
  });

  it('takes what it does not say from the service file, and then from the environment', async () => {
    await using folder = await temporaryFolder();
    const PGSERVICEFILE = join(folder.path, 'services');
    await writeFile(
      PGSERVICEFILE,
      '# A comment.\n[other]\nhost=x\n\n[mine]\nhost = s\nuser=su\nsslmode=require\n[later]\nport=9\n',
    );
    const environment = { PGSERVICEFILE, PGSERVICE: 'mine', PGHOST: 'e', PGUSER: 'eu', PGPORT: '5', PGPASSWORD: 'ep' };

    expect(parse('postgres://', environment)).toMatchObject({ host: 's', user: 'su', port: 5, password: 'ep' });
    expect(parse('postgres://u@h/d', environment)).toMatchObject({ host: 'h', user: 'u', ssl: expect.anything() });
    expect(parse('postgres:///?service=later', { PGSERVICEFILE })).toMatchObject({ port: 9, host: undefined });
    expect(() => parse('postgres:///?service=none', { PGSERVICEFILE })).toThrow(
      /^has the service "none", which is not in/,
    );
    expect(() => parse('postgres:///?service=a', { PGSERVICEFILE: '/none' })).toThrow(
      '/none, which cannot be read (ENOENT)',
    );
    await writeFile(PGSERVICEFILE, '[mine]\nldap://x\n');
    expect(() => parse('postgres://', environment)).toThrow('line 2 of');
    await writeFile(PGSERVICEFILE, '[mine]\nkrbsrvname=x\n');
    expect(() => parse('postgres://', environment)).toThrow('whose parameter "krbsrvname" is not supported');
  });

  it.each([
    ['PGREQUIREAUTH', 'scram-sha-256'],
    ['PGREQUIRESSL', '1'],
    ['PGSSLCRL', '/crl.pem'],
    ['PGGSSENCMODE', 'require'],
    ['PGSSLNEGOTIATION', 'direct'],
    ['PGSSLMINPROTOCOLVERSION', 'TLSv1.3'],
  ])('rejects the variable %s=%s, which libpq would obey', (name, value) => {
    expect(() => parse('postgres://h/d', { [name]: value })).toThrow(
      `is used with the variable ${name}, which is not supported. Unset it`,
    );
  });

  it.each([
    ['PGREQUIREAUTH', 'none'],
    ['PGREQUIRESSL', '0'],
    ['PGGSSENCMODE', 'prefer'],
    ['PGSSLCRL', ''],
    ['PGSYSCONFDIR', '/etc'],
  ])('takes the variable %s=%s, which asks for nothing', (name, value) => {
    expect(parse('postgres://h/d', { [name]: value })).toMatchObject({ host: 'h' });
  });

  it('reads the password from the file of PGPASSWORD_FILE', async () => {
    await using folder = await temporaryFolder();
    const PGPASSWORD_FILE = join(folder.path, 'password');
    await writeFile(PGPASSWORD_FILE, 'a b\n');

    expect(parse('postgres://u@h/d', { PGPASSWORD_FILE }).password).toBe('a b');
    expect(parse('postgres://u:p@h/d', { PGPASSWORD_FILE }).password).toBe('p');
  });

  it.each([
    ['a missing file', '/none', /^needs the file that PGPASSWORD_FILE names: it cannot be read \(ENOENT\)$/],
    ['an empty name', '', /names: it cannot be read \(ENOENT\)$/],
    ['a folder', '/', /it is not a regular file$/],
    ['a device', '/dev/zero', /it is not a regular file$/],
  ])('rejects %s as PGPASSWORD_FILE', (_, PGPASSWORD_FILE, message) => {
    expect(() => parse('postgres://u@h/d', { PGPASSWORD_FILE })).toThrow(message);
  });

  it('does not show a password that stands in PGPASSWORD_FILE itself', () => {
    const read = () => parse('postgres://u@h/d', { PGPASSWORD_FILE: SECRET });

    expect(read).toThrow('PGPASSWORD_FILE');
    expect(read).not.toThrow(SECRET);
  });

  it.each([
    ['', 'it is empty'],
    ['SECRET\nand\n', 'it has more than one line'],
    ['SECRET\rand', 'it has more than one line'],
  ])('rejects %j as the contents of PGPASSWORD_FILE, and does not show it', async (contents, message) => {
    await using folder = await temporaryFolder();
    const PGPASSWORD_FILE = join(folder.path, 'password');
    await writeFile(PGPASSWORD_FILE, contents);
    const error = (() => {
      try {
        return parse('postgres://u@h/d', { PGPASSWORD_FILE });
      } catch (caught) {
        return String(caught);
      }
    })();

    expect(error).toContain(message);
    expect(error).not.toContain('SECRET');
  });

  it.each([
    'postgres://u:p@h/d\npostgres://u:SECRET@h/d',
    'postgres://u:SECRET@h/d\u0000',
    'postgres://u:SECRET@%00/d',
    'postgres://u:SECRET@h/%00',
    'postgres://u%00:SECRET@h/d',
    'postgres://u:SECRET%00@h/d',
    'postgres://u:SECRET@h/d?application_name=%00',
  ])('rejects control characters without showing the password: %j', (url) => {
    expect(() => parse(url)).toThrow(/control characters|%00, which PostgreSQL does not allow/);
    expect(() => parse(url)).not.toThrow(/SECRET/);
  });

  it('warns of a connection to another machine without TLS, unless the URL asks for it', () => {
    const warning = (url: string, environment = {}) => describeMissingTls(parse(url, environment));

    expect(warning('postgres://db.example.com/d')).toMatch(/^The connection to db\.example\.com is not encrypted/);
    expect(warning('postgres://localhost,10.0.0.1/d')).toMatch(/^The connection to 10\.0\.0\.1 is/);
    expect(warning('postgres://localhost/d?hostaddr=10.0.0.1')).toMatch(/^The connection to localhost is/);
    expect(warning('postgres://db.example.com/d?hostaddr=127.0.0.1')).toBeUndefined();
    for (const local of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]', '%2Ftmp', ''])
      expect(warning(`postgres://${local}/d`)).toBeUndefined();
    expect(warning('postgres://h/d?sslmode=disable')).toBeUndefined();
    expect(warning('postgres://h/d', { PGSSLMODE: 'require' })).toBeUndefined();
  });
});
