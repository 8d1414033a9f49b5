// The samples for nginx and HAProxy, in front of two servers on one PostgreSQL.
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createApiKey } from '../../server/auth/api-keys.ts';
import { openPostgresStore } from '../../server/store/postgres/store.ts';
import { startServer } from '../support/fixtures.ts';
import { exchange } from '../support/http/http.ts';
import { startPostgres, type TestPostgres } from '../support/postgres/postgres.ts';
import type { ServerProcess } from '../support/process/server-process.ts';
import { temporaryFolder } from '../support/targets.ts';
import { DEPLOY, freePort, runTool, startTool } from './run-tool.ts';

const OWNER = { id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'FinTech Solutions Inc.' };
const VALID = { ownerId: OWNER.id, memberIds: [] };
const GIVEN = '019ab1c0-5d2e-7c4a-8f31-6be0a9d47e52';
const JSON_BODY = { 'content-type': 'application/json' };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

interface Servers {
  servers: ServerProcess[];
  ports: number[];
  probePorts: number[];
  authorization: string;
}

/** Two servers, as the samples expect them. */
async function startServers(): Promise<Servers> {
  const url = await postgres.createDatabase();
  const store = await openPostgresStore({ url });
  const account = await store.addAccount('Account');
  await store.importCustomers(
    account,
    (async function* () {
      yield [OWNER];
    })(),
  );
  const { clientId, secret, stored } = createApiKey(account, undefined);
  await store.addApiKey(stored);
  await store.close();
  const servers = Array.from({ length: 2 }, () =>
    startServer({
      NODE_ENV: 'production',
      DATABASE_URL: url,
      METRICS_PORT: '0',
      TRUST_PROXY: '1',
      RATE_LIMIT_PER_MINUTE: '0',
    }),
  );
  const urls = await Promise.all(servers.map((server) => server.url));
  const probes = servers.map((server) => /"probesUrl":"([^"]+)"/.exec(server.output())?.[1] ?? '');
  return {
    servers,
    ports: urls.map((each) => Number(new URL(each).port)),
    probePorts: probes.map((each) => Number(new URL(each).port)),
    authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
  };
}

/** Writes a sample with the ports of this test. @throws Error when something to replace is not there */
async function adapt(file: string, replacements: [RegExp, string][]): Promise<string> {
  let text = await readFile(join(DEPLOY, file), 'utf8');
  for (const [pattern, replacement] of replacements) {
    if (!pattern.test(text)) throw new Error(`${file} has nothing like ${pattern}.`);
    text = text.replace(pattern, replacement);
  }
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const path = join(folder.path, file);
  await writeFile(path, text);
  return path;
}

/** nginx cannot open its standard output when that is a socket, as it is here. */
const LOGS: [RegExp, string][] = [
  [/access_log \/dev\/stdout/, 'access_log access.log'],
  [/error_log \/dev\/stderr/, 'error_log error.log'],
];

interface Proxied extends Servers {
  url: string;
  /** The log of the proxy. */
  readLog(): Promise<string>;
}

async function startProxy(name: 'nginx' | 'haproxy'): Promise<Proxied> {
  const behind = await startServers();
  const port = await freePort();
  const [one, two] = behind.ports;
  const path =
    name === 'nginx'
      ? await adapt('nginx.conf', [
          [/server-1:3000/, `127.0.0.1:${one}`],
          [/server-2:3000/, `127.0.0.1:${two}`],
          [/listen 8080;/, `listen 127.0.0.1:${port};`],
          [/pid [^;]+;/, 'daemon off;\npid nginx.pid;'],
          ...LOGS,
        ])
      : await adapt('haproxy.cfg', [
          [/server server-1 server-1:3000/, `server server-1 127.0.0.1:${one} port ${behind.probePorts[0]}`],
          [/server server-2 server-2:3000/, `server server-2 127.0.0.1:${two} port ${behind.probePorts[1]}`],
          [/bind :8080/, `bind 127.0.0.1:${port}`],
        ]);
  const tool =
    name === 'nginx'
      ? startTool('nginx', ['-p', dirname(path), '-c', path])
      : startTool('haproxy', ['-db', '-f', path]);
  const url = `http://127.0.0.1:${port}`;
  const readLog = async () => (name === 'nginx' ? readFile(join(dirname(path), 'access.log'), 'utf8') : tool.output());
  await vi
    .waitFor(() => exchange(url, { method: 'GET', path: '/' }), 10_000)
    .catch((cause) => {
      throw new Error(`${name} does not listen:\n${tool.output()}`, { cause });
    });
  return { ...behind, url, readLog };
}

describe('the configuration', () => {
  it('of nginx is accepted by nginx -t', async () => {
    const path = await adapt('nginx.conf', [
      [/server-1:3000/, '127.0.0.1:3001'],
      [/server-2:3000/, '127.0.0.1:3002'],
      [/pid [^;]+;/, 'pid nginx.pid;'],
      ...LOGS,
    ]);

    const ran = await runTool('nginx', ['-t', '-p', dirname(path), '-c', path]);

    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stderr).not.toContain('[warn]');
  });

  it('of HAProxy is accepted by haproxy -c, without a warning', async () => {
    const path = await adapt('haproxy.cfg', [
      [/server-1:3000/, '127.0.0.1:3001'],
      [/server-2:3000/, '127.0.0.1:3002'],
    ]);

    const ran = await runTool('haproxy', ['-c', '-f', path]);

    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout + ran.stderr).not.toMatch(/warning/i);
  });
});

describe.each(['nginx', 'haproxy'] as const)('behind %s', (name) => {
  it('creates work, with the address of the client and an ID that proxy and server share', async () => {
    const { url, authorization, servers, readLog } = await startProxy(name);
    const headers = { authorization, ...JSON_BODY, 'x-request-id': GIVEN, 'x-forwarded-for': '203.0.113.9' };

    const created = await exchange(url, { headers, body: VALID });
    const wrong = await exchange(url, { headers: { ...headers, authorization: 'Basic eDp5' }, body: VALID });

    expect([created.status, wrong.status]).toEqual([201, 401]);
    const id = created.headers['x-request-id'] ?? '';
    expect(id).toMatch(UUID);
    expect(id).not.toBe(GIVEN);
    const logs = () => servers.map((server) => server.output()).join('');
    await vi.waitFor(() => expect(logs()).toContain('"address":"127.0.0.1","attemptedClientId":"x"'));
    await vi.waitFor(() => expect(logs()).toContain(id));
    const logged = name === 'nginx' ? `"requestId":"${id}"` : `" ${id}\n`;
    await vi.waitFor(async () => expect(await readLog()).toContain(logged));
  });

  it('a body of 1 MiB and one byte gets the 413 of the contract', async () => {
    const { url, authorization } = await startProxy(name);

    const response = await exchange(url, { headers: { authorization, ...JSON_BODY }, body: 'x'.repeat(1_048_577) });

    expect(response).toMatchObject({ status: 413, body: { error: { type: 'PayloadTooLarge' } } });
  });

  it('probes, metrics and the site are not public', async () => {
    const { url } = await startProxy(name);
    const paths = ['/livez', '/readyz', '/metrics', '/', '/openapi.json', '/apix'];

    const responses = await Promise.all(paths.map((path) => exchange(url, { method: 'GET', path })));

    const notFound = { type: 'NotFound', message: 'The path does not exist. Check the base URL and the path.' };
    for (const { status, headers, body } of responses)
      expect({ status, type: headers['content-type'], body }).toEqual({
        status: 404,
        type: 'application/json',
        body: { error: notFound },
      });
  });

  it('no request fails while one server is restarted by SIGTERM under load', async () => {
    const { url, authorization, servers } = await startProxy(name);
    const statuses: number[] = [];
    let isDone = false;
    const client = async () => {
      while (!isDone)
        statuses.push((await exchange(url, { headers: { authorization, ...JSON_BODY }, body: VALID })).status);
    };
    const clients = Promise.all(Array.from({ length: 8 }, client));
    await vi.waitFor(() => expect(statuses.length).toBeGreaterThan(100), 10_000);

    servers[0]?.child.kill('SIGTERM');
    expect(await servers[0]?.ended).toBe(0);
    const after = statuses.length;
    await vi.waitFor(() => expect(statuses.length).toBeGreaterThan(after + 200), 10_000);
    isDone = true;
    await clients;

    expect(statuses.filter((status) => status !== 201)).toEqual([]);
  });
});
