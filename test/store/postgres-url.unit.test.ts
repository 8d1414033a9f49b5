// DATABASE_URL: parsing, and errors.
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../server/config.ts';
import { parseDatabaseUrl } from '../../server/store/postgres/url.ts';

describe('parseDatabaseUrl', () => {
  it('parses every part and decodes percent-encoding', () => {
    const address = parseDatabaseUrl(
      'postgres://us%40er:p%40ss%2Fw%3Ard@db.example.com:6432/my%20base?application_name=app&options=-c%20search_path%3Dx',
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
    expect(parseDatabaseUrl('postgres://[::1]/x')).toMatchObject({ host: '::1' });
    expect(parseDatabaseUrl('postgres:///x?host=/run/postgresql')).toMatchObject({ host: '/run/postgresql' });
  });

  it('maps each sslmode to TLS options', () => {
    const ssl = (query: string) => parseDatabaseUrl(`postgres://h/d?${query}`).ssl;

    expect(ssl('sslmode=disable')).toBe(false);
    expect(ssl('sslmode=require')).toMatchObject({ rejectUnauthorized: false });
    expect(ssl('sslmode=verify-full')).toEqual({});
    // The authorities that Node knows are those that it takes when none are named.
    expect(ssl('sslrootcert=system')).toEqual({});
    expect(ssl('sslmode=verify-full&sslrootcert=system')).toEqual({});
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

describe('readConfig', () => {
  it.each([
    [`mysql://u:${SECRET}@h/d`, 'must begin with postgres://'],
    [`postgres://u:${SECRET}@h1,h2:5432/d`, 'with one host'],
    [`postgres://u:${SECRET}@h:99999/d`, 'with one host'],
    [`postgres://u:${SECRET}%@h/d`, 'write it as %25'],
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
    [{ DATABASE_POOL_SIZE: '0' }, 'from 1 to 1000'],
    [{ DATABASE_TIMEOUT_MS: '5000' }, 'from 100 to 2800'],
    [{ DATABASE_IDLE_TIMEOUT_MS: 'never' }, 'an integer'],
    [{ DATABASE_URL: 'postgres://h/d', DATABASE_PATH: 'x.db' }, 'only one of them'],
  ])('rejects %j', (environment, reason) => {
    expect(() => readConfig(environment)).toThrow(reason);
  });
});
