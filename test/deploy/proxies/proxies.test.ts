// The sample configurations of nginx and HAProxy, in front of two servers on one PostgreSQL.
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import type { HttpResponse } from '../../conformance/validate/validate-response.ts';
import { exchange, PATH, validateResponse } from '../../support/http/http.ts';
import { readResponses, sendBytes } from '../../support/http/raw-http.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres/postgres.ts';
import { runTool } from '../run-tool.ts';
import { adapt, LOGS, PROXIES, startProxy } from './proxied-servers.ts';

const OWNER = { id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'FinTech Solutions Inc.' };
const VALID = { ownerId: OWNER.id, memberIds: [] };
const GIVEN = '019ab1c0-5d2e-7c4a-8f31-6be0a9d47e52';
const JSON_BODY = { 'content-type': 'application/json' };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Headers that a proxy adds are allowed. */
function expectConforming(responses: HttpResponse[]): void {
  for (const response of responses) {
    const violations = validateResponse({ method: 'POST', path: PATH }, response);
    expect(violations.filter(({ undeclaredHeader }) => undeclaredHeader === undefined)).toEqual([]);
    expect(contract.components.schemas.ApiVersion?.enum).toContain(response.headers['sequence-version']);
  }
}

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

describe('the configuration', () => {
  it('passes nginx -t', async () => {
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

  it('passes haproxy -c without a warning', async () => {
    const path = await adapt('haproxy.cfg', [
      [/server-1:3000/, '127.0.0.1:3001'],
      [/server-2:3000/, '127.0.0.1:3002'],
    ]);

    const ran = await runTool('haproxy', ['-c', '-f', path]);

    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout + ran.stderr).not.toMatch(/warning/i);
  });
});

describe.each(PROXIES)('behind %s', (name) => {
  it('creates work, with the address of the client and an ID that proxy and server share', async () => {
    const { url, authorization, servers, readLog } = await startProxy(postgres, name, [OWNER]);
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
    const { url, authorization } = await startProxy(postgres, name, [OWNER]);

    const response = await exchange(url, { headers: { authorization, ...JSON_BODY }, body: 'x'.repeat(1_048_577) });

    expect(response).toMatchObject({ status: 413, body: { error: { type: 'PayloadTooLarge' } } });
  });

  it('a body over the limit of the proxy, and no server, get the responses of the contract', async () => {
    const { url, authorization, servers } = await startProxy(postgres, name, [OWNER]);
    const headers = { authorization, ...JSON_BODY };

    const large = await exchange(url, { headers, body: 'x'.repeat(4_194_304), chunked: true });
    for (const { child } of servers) child.kill('SIGKILL');
    await Promise.all(servers.map(({ ended }) => ended));
    const unavailable = await exchange(url, { headers, body: VALID });

    expect([large.status, unavailable.status]).toEqual([413, 503]);
    expectConforming([large, unavailable]);
  });

  it('probes, metrics and the site are not public', async () => {
    const { url } = await startProxy(postgres, name, [OWNER]);
    const paths = ['/livez', '/readyz', '/metrics', '/', '/index.html', '/openapi.json', '/a.gif', '/api', '/apix'];

    const responses = await Promise.all(paths.map((path) => exchange(url, { method: 'GET', path })));

    const notFound = { type: 'NotFound', message: 'The path does not exist. Check the base URL and the path.' };
    for (const { status, headers, body } of responses)
      expect({ status, type: headers['content-type'], id: headers['x-request-id'], body }).toEqual({
        status: 404,
        type: 'application/json',
        id: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
        body: { error: notFound },
      });
    const versions = responses.map(({ headers }) => headers['sequence-version']);
    expect(contract.components.schemas.ApiVersion?.enum).toEqual(expect.arrayContaining(versions));
  });

  it('no request fails while one server is restarted by SIGTERM under load', async () => {
    const { url, authorization, servers } = await startProxy(postgres, name, [OWNER]);
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

describe('nginx', () => {
  // The responses of HAProxy to these requests cannot be configured.
  it('returns the 400 of the contract for a request that is not valid HTTP', async () => {
    const { url } = await startProxy(postgres, 'nginx', [OWNER]);
    const toApi = 'POST /api/customer-organizations HTTP/1.1\r\n';
    const malformed = [
      'NOTHING\r\n\r\n',
      `${toApi}Host: a\r\nContent-Length: x\r\n\r\n`,
      `${toApi}Host: a\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
      `POST /${'x'.repeat(40_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    ];

    const texts = await Promise.all(malformed.map((text) => sendBytes(url, text)));

    const responses = texts.flatMap((text) => readResponses(text, ['POST']));
    expect(responses.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    expectConforming(responses.map((each) => ({ ...each, text: each.body })));
  });
});

it('nginx logs the method and the path of the client, also where it responds itself', async () => {
  const { url, authorization, servers, readLog } = await startProxy(postgres, 'nginx', [OWNER]);
  const headers = { authorization, ...JSON_BODY };
  await exchange(url, { headers, body: VALID });
  await exchange(url, { headers, path: `${PATH}?secret=1`, body: VALID });
  await exchange(url, { headers, body: 'x'.repeat(4_194_304), chunked: true });
  await exchange(url, { headers: { ...headers, 'x-large': 'x'.repeat(40_000) }, body: VALID });
  await exchange(url, { method: 'GET', path: '/other?secret=1' });
  await sendBytes(url, 'malformed\r\n\r\n');
  for (const { child } of servers) child.kill('SIGKILL');
  await Promise.all(servers.map(({ ended }) => ended));
  await exchange(url, { headers, method: 'PUT', path: `${PATH}/x%20y?secret=1`, body: VALID });

  const requests = async () => {
    const lines = (await readLog()).split('\n').slice(0, -1);
    const entries = lines
      .map((line) => JSON.parse(line))
      .map(({ status, method, path }) => `${status} ${method} ${path}`);
    // Leaves out the lines of readiness checks, which are written when their connections end, possibly late.
    return entries.filter((entry) => entry !== '404 GET /').sort();
  };
  await vi.waitFor(async () =>
    expect(await requests()).toEqual([
      ...[`201 POST ${PATH}`, '400  ', `400 POST ${PATH}`, `400 POST ${PATH}`],
      ...['404 GET /other', `413 POST ${PATH}`, `503 PUT ${PATH}/x%20y`],
    ]),
  );
});
