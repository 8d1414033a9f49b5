// DATABASE_URL: parsing, and errors.
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

describe('readConfig', () => {
  it.each([
    [`mysql://u:${SECRET}@h/d`, 'must begin with postgres://'],
    [`postgres://u:${SECRET}@h:1:2,h2/d`, 'port from 1 to 65535'],
    [`postgres://u:${SECRET}@h[/d`, 'for several hosts'],
    [`postgres://u:${SECRET}@x@h/d`, 'percent-encoded'],
    [`postgres://u:${SECRET}@h:99999/d`, 'port from 1 to 65535'],
    [`postgres://u:${SECRET}@h:0/d`, 'port from 1 to 65535'],
    [`postgres://u:${SECRET}@h1,h2,h3/d?port=1,2`, 'has 3 hosts and 2 ports'],
    [`postgres://u:${SECRET}@h/d?target_session_attrs=standby`, 'this server writes'],
    [`postgres://u:${SECRET}@h/d?channel_binding=require`, 'sslmode=require or stricter'],
    [`postgres://u:${SECRET}@h/d?channel_binding=maybe`, 'one of disable, prefer, require'],
    [`postgres://u:${SECRET}@h/d?connect_timeout=soon`, 'a number of seconds'],
    [`postgres://u:${SECRET}@h/d?gssencmode=require`, 'the parameter "gssencmode"'],
    [`postgres://u:${SECRET}@h/d?passfile=/x`, 'the parameter "passfile"'],
    [`postgres://u:${SECRET}@h/d?sslmode`, 'sslmode without a value'],
    [`postgres://u:${SECRET}%@h/d`, 'write it as %25'],
    [`postgres://u:${SECRET}@h/d?password=%`, 'write it as %25'],
    [`postgres://u:${SECRET}@h/d?sslmode=maybe`, 'sslmode one of disable, require'],
    [`postgres://u:${SECRET}@h/d?sslmode=prefer`, 'may silently be unencrypted'],
    [`postgres://u:${SECRET}@h/d?sslmode=verify-ca`, 'must have sslrootcert=FILE'],
    [`postgres://u:${SECRET}@h/d?sslmode=verify-full&sslrootcert=/none`, 'cannot be read (ENOENT)'],
    [`postgres://u:${SECRET}@h/d?sslmode=require&sslrootcert=system`, 'sslmode=verify-full'],
    [`postgres://u:${SECRET}@h/d?statement_timeout=0`, 'the parameter "statement_timeout"'],
    [`postgres://u:${SECRET}@h/d?port=x`, 'port from 1 to 65535'],
    ['', 'must begin with postgres://'],
  ])('rejects %s without printing it', (url, reason) => {
    const read = () => readConfig({ DATABASE_URL: url });

    expect(read).toThrow(reason);
    expect(read).toThrow('DATABASE_URL');
    try {
      read();
    } catch (error) {
      expect(String(error)).not.toContain(SECRET);
    }
  });

  it.each([
    { DATABASE_PATH: `postgres://u:${SECRET}@h/d` },
    { DATABASE_PATH: `jdbc:postgresql://h/d?user=u&password=${SECRET}` },
    { DATABASE_PATH: `host=h password=${SECRET}-wal` },
    { DATABASE_URL_FILE: `postgres://u:${SECRET}@h/d` },
    { DATABASE_URL_FILE: SECRET },
    { DATABASE_URL: `postgres://u:a/b?${SECRET}@h/d` },
    { DATABASE_URL: `postgres://u:a/b?${SECRET}=@h/d` },
    { DATABASE_URL: `postgres://h/d?sslmode=verify-full&sslkey=-----BEGIN%20PRIVATE%20KEY-----${SECRET}` },
    { DATABASE_URL: `postgres://h/d?target_session_attrs=${SECRET}` },
    { HOST: `postgres://u:${SECRET}@h/d` },
    { PORT: `tcp://u:${SECRET}@h:1` },
    { CORS_ORIGINS: `https://u:${SECRET}@app.example.com` },
    { TRUST_PROXY: `u:${SECRET}@10.0.0.1` },
    { LOG_LEVEL: `password=${SECRET}` },
  ])('rejects %j without repeating what may be a password', (environment) => {
    const read = () => readConfig(environment);

    expect(read).toThrow(Object.keys(environment)[0]);
    expect(read).not.toThrow(SECRET);
  });

  it.each([
    [{ DATABASE_POOL_SIZE: '0' }, 'from 1 to 1000'],
    [{ DATABASE_TIMEOUT_MS: '5000' }, 'from 100 to 2800'],
    [{ DATABASE_IDLE_TIMEOUT_MS: 'never' }, 'an integer'],
    [{ DATABASE_URL: 'postgres://h/d', DATABASE_PATH: 'x.db' }, 'only one of them'],
    [{ NODE_ENV: 'production' }, 'one of them must be set with NODE_ENV=production'],
    [{ NODE_ENV: 'production', DATABASE_UR: 'postgres://h/d' }, 'one of them must be set'],
    [{ DATABASE_URL_FILE: '/none' }, 'DATABASE_URL_FILE: cannot be read (ENOENT)'],
    [{ DATABASE_URL_FILE: '' }, 'DATABASE_URL_FILE: must not be empty'],
    [{ DATABASE_URL_FILE: '/' }, 'DATABASE_URL_FILE: is not a regular file'],
    [{ DATABASE_PATH: ':memory:', NODE_ENV: 'production' }, 'name a file with NODE_ENV=production'],
    [{ DATABASE_PATH: '/x/data.db-wal' }, 'must not end with -wal'],
    [{ DATABASE_PATH: 'a\nb' }, 'must not have control characters'],
    [{ DATABASE_PATH: 'file:data.db' }, 'must be a path such as'],
    [{ DATABASE_PATH: 'FILE:///x/data.db' }, 'must be a path such as'],
    [{ DATABASE_PATH: 'sqlite:///x/data.db' }, 'must be a path such as'],
    [{ DATABASE_PATH: 'postgres://h/d' }, 'not a URI; a URL of PostgreSQL goes into DATABASE_URL'],
    [{ DATABASE_PATH: 'sqlite:data.db' }, 'must be a path such as'],
    [{ DATABASE_PATH: 'jdbc:sqlite:data.db' }, 'must be a path such as'],
    [{ DATABASE_PATH: 'jdbc:postgresql:d' }, 'a URL of PostgreSQL goes into DATABASE_URL'],
    [{ DATABASE_URL_FILE: 'postgres://h/d' }, 'must be the path of a file; a URL goes into DATABASE_URL'],
  ])('rejects %j', (environment, reason) => {
    expect(() => readConfig(environment)).toThrow(reason);
  });
});
