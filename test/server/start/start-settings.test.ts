// Settings that keep `npm start` from serving.
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';
import { startServer as start } from '../../support/fixtures.ts';
import { database, serve } from './start-fixture.ts';

describe('wrong settings', () => {
  it('are all reported at once', async () => {
    const server = start({
      PORT: '70000',
      HOST: '',
      LOG_LEVEL: 'loud',
      CORS_ORIGINS: 'app.example.com',
      TRUST_PROXY: 'loopback, 999.1.1.1',
      NODE_ENV: 'prod',
      SHUTDOWN_TIMEOUT_MS: '-1',
      RATE_LIMIT_PER_MINUTE: '1.5',
      DATABASE_PATH: ' ',
    });

    expect(await server.ended).toBe(1);
    expect(server.output().split('\n')).toEqual([
      'Invalid environment variables:',
      '  NODE_ENV="prod": must be one of development, test, production',
      '  PORT="70000": must be an integer from 0 to 65535',
      '  HOST="": must not be empty',
      '  DATABASE_PATH=" ": must not be empty',
      '  RATE_LIMIT_PER_MINUTE="1.5": must be an integer from 0 to 1000000',
      '  CORS_ORIGINS="app.example.com": must be * or a list of origins such as https://app.example.com, ' +
        'without a path, but has "app.example.com"',
      '  LOG_LEVEL="loud": must be one of trace, debug, info, warn, error, fatal, silent',
      '  TRUST_PROXY="loopback, 999.1.1.1": must be true, false, the number of proxies, ' +
        'or a list of their addresses such as 10.0.0.0/8, loopback (invalid IP address: 999.1.1.1)',
      '  SHUTDOWN_TIMEOUT_MS="-1": must be an integer from 0 to 600000',
      '',
    ]);
  });

  it('reports a port that is in use in one line', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await new Promise((settle) => taken.once('listening', settle));
    const { port } = taken.address() as { port: number }; // It listens on a port.

    const ran = await serve({ DATABASE_PATH: await database(), PORT: String(port) });

    const stderr = `Port ${port} on 127.0.0.1 is taken. Stop what uses it, or choose another: PORT=3001 npm start.\n`;
    expect(ran).toEqual({ code: 1, stdout: '', stderr });
  });

  it.each([
    ['192.0.2.1', '"192.0.2.1" is not an address of this machine.'],
    [
      'fe80::1%nowhere',
      expect.stringMatching(/^The server cannot listen on port \d+ of "fe80::1%nowhere" \(E[A-Z]+\)\.\n$/),
    ],
    [
      'fe80::1',
      'Invalid environment variables:\n  HOST="fe80::1": is a link-local address: name its interface, such as ' +
        'fe80::1%eth0',
    ],
    [
      'a\u202eb',
      'Invalid environment variables:\n  HOST="a\\u202eb": must be an address or a name of this machine, ' +
        'without port, brackets and spaces',
    ],
  ])('include an address that it cannot listen on: %j', async (host, shown) => {
    const ran = await serve({ DATABASE_PATH: await database(), HOST: host });

    expect(ran).toEqual({ code: 1, stdout: '', stderr: typeof shown === 'string' ? `${shown}\n` : shown });
  });
});

describe('the address that demo data are served on', () => {
  it.each(['0.0.0.0', '::'])('must not be %s, which others can reach', async (HOST) => {
    const path = await database();

    const { code, stderr } = await serve({ DATABASE_PATH: path, HOST });

    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^HOST=${HOST.replaceAll('.', '[.]')} can be reached by other machines, but the demo .+\n$`),
    );
    const store = openSqliteStore({ path });
    onTestFinished(() => store.close());
    expect(await store.isEmpty()).toBe(true);
  });

  it('may be any for a database with keys of its own', async () => {
    const path = await database();
    const store = openSqliteStore({ path });
    await store.addAccount('Acme');
    await store.close();

    const server = start({ DATABASE_PATH: path, HOST: '0.0.0.0' });

    expect(await server.url).toMatch(/^http:/);
    expect(server.output()).toContain(`"store":"SQLite ${path}"`);
  });
});
