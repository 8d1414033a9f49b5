// Access to the controls, by host, origin of a page, and machine.
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Mock, startMock } from '../../../mock/start.ts';
import { exchange, send, type TestRequest } from '../../support/http/http.ts';
import { controlAt } from './control-client.ts';

const VALID = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

let mock: Mock;
let origin: string;
beforeAll(async () => {
  mock = await startMock({ port: 0, host: '0.0.0.0' });
  origin = `http://127.0.0.1:${mock.port}`;
});
afterAll(() => mock.close());
beforeEach(() => mock.reset());

const create = () => send(origin, { body: VALID });

describe('the controls', () => {
  it.each([
    'localhost',
    'localhost:1',
    'LOCALHOST',
    'app.localhost:3000',
    '127.0.0.1',
    '127.1.2.3:80',
    '[::1]:4010',
    '[::ffff:127.0.0.1]',
  ])('work at the host %s', async (host) => {
    const { status } = await exchange(origin, { method: 'GET', path: '/_mock/requests', headers: { host } });

    expect(status).toBe(200);
  });

  it.each([
    'evil.example',
    'evil.example:4010',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '128.0.0.1',
    '192.168.1.1',
    '[::2]',
    '2130706433.example',
  ])('reject the host %s, which a page may have made resolve to this machine', async (host) => {
    const headers = { host };
    const next = { method: 'POST', path: '/_mock/next', headers, body: { scenario: 'RateLimited' } };
    const responses = [
      await exchange(origin, next),
      await exchange(origin, { method: 'GET', path: '/_mock/requests', headers }),
      await exchange(origin, { method: 'DELETE', path: '/_mock', headers }),
    ];

    expect(responses.map(({ status }) => status)).toEqual([403, 403, 403]);
    for (const response of responses) expect(response.body).toMatchObject({ error: { type: 'Forbidden' } });
    expect((await create()).status).toBe(201);
  });

  it.each([
    ['http://localhost:3000', 200],
    ['https://localhost', 200],
    ['http://127.0.0.1:5173', 200],
    ['http://[::1]:5173', 200],
    ['http://app.localhost', 200],
    ['https://evil.example', 403],
    ['http://localhost.evil.example', 403],
    ['null', 403],
    ['ftp://localhost', 403],
    ['file://', 403],
    ['', 403],
  ])('respond to a page of the origin %j with %i', async (from, status) => {
    const headers = { origin: from };

    expect((await exchange(origin, { method: 'GET', path: '/_mock/requests', headers })).status).toBe(status);
  });

  it('work for any client with `openControl`, and at the host that the mock listens on', async () => {
    const open = await startMock({ port: 0, openControl: true });
    onTestFinished(() => open.close());
    const at = (base: string, headers: TestRequest['headers']) =>
      exchange(base, { method: 'GET', path: '/_mock/requests', headers: headers ?? {} });

    const foreign = { host: 'evil.example', origin: 'https://evil.example' };
    expect((await at(`http://127.0.0.1:${open.port}`, foreign)).status).toBe(200);
    expect((await at(origin, { host: '0.0.0.0:4010' })).status).toBe(200);
  });

  it('may be used from a page of another origin on this machine', async () => {
    const headers = { origin: 'http://localhost:3001', 'access-control-request-method': 'DELETE' };

    const preflight = await exchange(origin, { method: 'OPTIONS', path: '/_mock', headers });

    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-origin']).toBe('*');
    expect(preflight.headers['access-control-allow-methods']).toContain('DELETE');
  });

  it.each(['an address of the machine', '0.0.0.0'])(
    'work through each address of the machine: host %s',
    async (host) => {
      const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
      // A machine without a network has loopback addresses only.
      const outer = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
      const started = await startMock({ port: 0, host: host.startsWith('an') ? outer : host });
      onTestFinished(() => started.close());
      const base = `http://${outer}:${started.port}`;

      const queued = await controlAt(base, 'POST', '/_mock/next', { scenario: 'RateLimited' });
      const page = { method: 'GET', path: '/_mock/requests', headers: { origin: `http://${outer}:3000` } };
      const foreign = { ...page, headers: { host: 'evil.example' } };

      expect(queued.status).toBe(204);
      expect((await send(base, { body: VALID })).status).toBe(429);
      expect((await exchange(base, page)).status).toBe(200);
      expect((await exchange(base, foreign)).status).toBe(403);
    },
  );
});
