// Metrics: `/metrics`.
import { describe, expect, it, vi } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { createHealth } from '../../../server/ops/health.ts';
import { createMetrics } from '../../../server/ops/metrics.ts';
import { StoreUnavailableError } from '../../../server/store/store-errors.ts';
import { undeclaredMethod } from '../../support/contract/operation.ts';
import { databasePath, startServer } from '../../support/fixtures.ts';
import { exchange, send } from '../../support/http/http.ts';
import { collectLog } from '../../support/log-lines.ts';
import { get, start } from './probed-server.ts';

const VALID = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

/** The samples of the metrics, by name and labels. */
async function scrape(url: string): Promise<Map<string, number>> {
  const { status, headers, text } = await get(url, '/metrics');
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

describe('/metrics', () => {
  it('counts requests and times them, by operation, method and status', async () => {
    const url = await start();
    await send(url, { body: VALID });
    await send(url, { body: VALID });
    await send(url, { body: {} });
    await send(url, { headers: { authorization: [] } });
    await send(url, { method: undeclaredMethod });
    await send(url, { path: '/api/elsewhere' });

    const samples = await scrape(url);

    const count = (route: string, method: string, status: number) =>
      samples.get(`http_request_duration_seconds_count{route="${route}",method="${method}",status="${status}"}`);
    expect(count('createCustomerOrganization', 'POST', 201)).toBe(2);
    expect(count('createCustomerOrganization', 'POST', 400)).toBe(1);
    expect(count('createCustomerOrganization', 'POST', 401)).toBe(1);
    expect(count('none', undeclaredMethod, 405)).toBe(1);
    expect(count('none', 'POST', 404)).toBe(1);
    const sum = samples.get(
      'http_request_duration_seconds_sum{route="createCustomerOrganization",method="POST",status="201"}',
    );
    expect(sum).toBeGreaterThan(0);
    expect(sum).toBeLessThan(10);
  });

  it('counts responses of handlers, replays, and requests that a limit rejected', async () => {
    const url = await start({ rateLimitPerMinute: 6, failedLoginsPerMinute: 1 });
    const headers = { 'idempotency-key': 'one' };
    for (let time = 0; time < 3; time++) await send(url, { headers, body: VALID });
    await send(url, { headers, body: { ...VALID, memberIds: ['e309e948-088e-4d77-b654-cd85498f1555'] } });
    await send(url, { body: VALID });
    await send(url, { body: {} });
    for (let time = 0; time < 4; time++) expect((await send(url, { body: VALID })).status).toBe(429);
    const wrong = { authorization: `Basic ${Buffer.from('key:wrong').toString('base64')}` };
    for (let time = 0; time < 3; time++) await send(url, { headers: wrong, body: VALID });

    const samples = await scrape(url);

    const responses = (status: number, replayed: boolean) =>
      samples.get(
        `handler_responses_total{route="createCustomerOrganization",status="${status}",replayed="${replayed}"}`,
      );
    expect(responses(201, false)).toBe(2);
    expect(responses(201, true)).toBe(2);
    expect(responses(409, false)).toBe(1);
    expect(samples.get('requests_limited_total{limit="requests"}')).toBe(4);
    expect(samples.get('requests_limited_total{limit="logins"}')).toBe(2);
  });

  it('distinguishes probes, the site, unknown paths and other methods', async () => {
    const url = await start();
    for (const path of ['/livez', '/readyz', '/readyz', '/metrics', '/', '/elsewhere']) await get(url, path);
    await send(url, { method: undeclaredMethod });

    const samples = await scrape(url);

    const count = (route: string, method: string, status: number) =>
      samples.get(`http_request_duration_seconds_count{route="${route}",method="${method}",status="${status}"}`);
    expect([count('livez', 'GET', 200), count('readyz', 'GET', 200), count('metrics', 'GET', 200)]).toEqual([1, 2, 1]);
    expect([count('reference', 'GET', 200), count('none', 'GET', 404), count('none', undeclaredMethod, 405)]).toEqual([
      1, 1, 1,
    ]);
  });

  it('counts authenticated requests by version', async () => {
    const url = await start();
    await send(url, { body: VALID });
    await send(url, { headers: { 'sequence-version': '2024-07-30' }, body: {} });
    await send(url, { headers: { authorization: [] } });

    const samples = await scrape(url);

    expect(samples.get('api_requests_total{route="createCustomerOrganization",version="2024-07-30"}')).toBe(2);
  });

  it('counts requests in flight, this one included', async () => {
    const metrics = createMetrics();
    const url = await start({ metrics });
    await send(url, { body: VALID });
    metrics.observeStart();

    expect((await scrape(url)).get('http_requests_in_flight')).toBe(2);
  });

  it('reports whether the server is ready', async () => {
    const health = createHealth({ check: async () => {}, log: collectLog().log });
    const metrics = createMetrics({ isReady: async () => (await health.findNotReadyReason()) === undefined });
    const url = await start({ health, metrics });

    const before = (await scrape(url)).get('server_ready');
    health.phase = 'serving';

    expect([before, (await scrape(url)).get('server_ready')]).toEqual([0, 1]);
  });

  it('counts errors of the store, by kind', async () => {
    const metrics = createMetrics();
    for (const error of [
      new StoreUnavailableError('It is full.', { kind: 'full' }),
      new StoreUnavailableError('It is full.', { kind: 'full' }),
      new StoreUnavailableError('Nobody knows.'),
      new Error('A defect.'),
    ])
      metrics.countStoreError(error);
    const url = await start({ metrics });

    const samples = await scrape(url);

    expect(samples.get('store_errors_total{kind="full"}')).toBe(2);
    expect(samples.get('store_errors_total{kind="other"}')).toBe(2);
    expect(samples.get('store_errors_total{kind="timeout"}')).toBe(0);
  });

  it('measures commits, connections, clocks and purges', async () => {
    const metrics = createMetrics({
      countConnections: () => ({ used: 3, idle: 1, waiting: 7, limit: 4 }),
      findClockSkewMs: () => -7500,
    });
    metrics.onCommit(3, 2);
    metrics.onCommit(1, 40);
    metrics.onPurged(12);
    const url = await start({ metrics });

    const samples = await scrape(url);

    expect(samples.get('store_commit_size_sum')).toBe(4);
    expect(samples.get('store_commit_duration_seconds_sum')).toBeCloseTo(0.042, 6);
    expect(samples.get('store_commit_duration_seconds_bucket{le="0.0025"}')).toBe(1);
    expect(
      ['used', 'idle', 'waiting', 'limit'].map((state) => samples.get(`store_connections{state="${state}"}`)),
    ).toEqual([3, 1, 7, 4]);
    expect(samples.get('store_clock_skew_seconds')).toBe(-7.5);
    expect(samples.get('idempotency_keys_purged_total')).toBe(12);
    expect(samples.get('idempotency_keys_last_purge_timestamp_seconds')).toBeGreaterThan(1.7e9);
  });

  it('has no more series after a thousand requests than after one of each kind', async () => {
    const url = await start();
    const strange = (n: number) => [
      get(url, `/api/path-${n}`),
      get(url, '/api/customer-organizations', ['PROPFIND', 'MKCOL', 'SEARCH', 'LINK', 'PURGE'][n % 5]),
      send(url, { headers: { authorization: `Basic ${Buffer.from(`client-${n}:x`).toString('base64')}` } }),
      send(url, { headers: { 'sequence-version': `version-${n}`, 'idempotency-key': `key-${n}` }, body: VALID }),
    ];
    await Promise.all(strange(0));
    const names = [...(await scrape(url)).keys()];

    for (let round = 0; round < 25; round++)
      await Promise.all(Array.from({ length: 10 }, (_, n) => strange(round * 10 + n)).flat());

    // The first scrape is counted as a request, too.
    const later = [...(await scrape(url)).keys()].filter((name) => !name.includes('route="metrics"'));
    expect(later).toEqual(names);
  });

  it('belongs to one app', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.countLimited('requests');

    expect((await one.expose()).text).toContain('requests_limited_total{limit="requests"} 1');
    expect((await other.expose()).text).toContain('requests_limited_total{limit="requests"} 0');
  });
});

describe('a server in a process of its own', () => {
  it('is ready as soon as it listens, and measures its event loop', async () => {
    const server = startServer({ DATABASE_PATH: await databasePath() });
    const url = await server.url;

    const response = await get(url, '/readyz');
    const samples = await scrape(url);

    expect(response.status).toBe(200);
    expect(samples.get('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
    expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect([...samples.keys()].filter((name) => /^nodejs_active_\w+_total/.test(name))).toEqual([]);
  });

  it('measures its store, and says what it is', async () => {
    const server = startServer({ DATABASE_PATH: await databasePath() });
    const url = await server.url;
    await send(url, { body: VALID });

    const samples = await scrape(url);

    expect(samples.get('store_commit_size_count')).toBeGreaterThan(0);
    expect(samples.get('server_ready')).toBe(1);
    const { version } = manifest;
    const labels = `version="${version}",contract="${contract.info.version}",node="${process.version}"`;
    expect(samples.get(`server_build_info{${labels}}`)).toBe(1);
    await vi.waitFor(async () =>
      expect((await scrape(url)).get('idempotency_keys_last_purge_timestamp_seconds')).toBeGreaterThan(1.7e9),
    );
  });

  it('has its probes on METRICS_PORT only, until it has ended', async () => {
    const server = startServer({ DATABASE_PATH: await databasePath(), METRICS_PORT: '0' });
    const url = await server.url;
    const [, probesUrl = ''] = /"probesUrl":"([^"]+)"/.exec(server.output()) ?? [];

    for (const path of ['/livez', '/readyz', '/metrics']) {
      expect((await get(probesUrl, path)).status).toBe(200);
      expect((await send(url, { method: 'GET', path })).status).toBe(404);
    }
    expect((await exchange(probesUrl, { body: VALID })).status).toBe(404);
    expect((await get(probesUrl, '/')).status).toBe(404);
    server.child.kill('SIGTERM');
    await vi.waitFor(async () => expect((await get(probesUrl, '/readyz')).status).toBe(503));
    expect(await server.ended).toBe(0);
  });

  it('rejects the same port for both, and one that is taken', async () => {
    const taken = new URL(await startServer({ DATABASE_PATH: await databasePath() }).url).port;
    const same = startServer({ DATABASE_PATH: await databasePath(), PORT: taken, METRICS_PORT: taken });
    const other = startServer({ DATABASE_PATH: await databasePath(), METRICS_PORT: taken });

    expect([await same.ended, await other.ended]).toEqual([1, 1]);
    expect(same.output()).toContain('METRICS_PORT and PORT: must be different ports');
    expect(other.output()).toContain(`Port ${taken} on 127.0.0.1 is taken.`);
  });
});
