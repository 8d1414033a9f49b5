// Errors about the settings of the database: they name the setting, and repeat no password.
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../../server/config.ts';

const SECRET = 'hunter2hunter2';

describe('the settings of the database', () => {
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
