// The IDs by which a request is found elsewhere: `X-Request-Id` of a proxy, and the trace ID of `traceparent`.
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { AppOptions } from '../../../server/edge/options.ts';
import { HIDDEN } from '../../../server/text/hide-secrets.ts';
import { send } from '../../support/http/http.ts';
import { collectLog } from '../../support/log-lines.ts';
import { startEdge } from '../../support/targets.ts';

const GIVEN = '019ab1c0-5d2e-7c4a-8f31-6be0a9d47e52';
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT_ID = '00f067aa0ba902b7';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

/** The handler logs a line and fails. */
async function start(options: Partial<AppOptions> = {}) {
  const { log, lines } = collectLog();
  const createCustomerOrganization: NonNullable<Parameters<typeof startEdge>[0]['createCustomerOrganization']> = async (
    _,
    context,
  ) => {
    context.log.info('in the handler');
    throw new Error('It fails.');
  };
  const target = await startEdge({ createCustomerOrganization }, { log, ...options });
  onTestFinished(() => target.close());
  return { url: target.url, lines };
}

/** All lines of a request that fails in its handler. */
async function linesOf({ url, lines }: Awaited<ReturnType<typeof start>>, headers: Record<string, string | string[]>) {
  const { headers: returned } = await send(url, { headers, body: BODY });
  await vi.waitFor(() => expect(lines).toHaveLength(3));
  expect(lines.map(({ msg }) => msg)).toEqual(['in the handler', 'request failed', 'request']);
  return { returnedId: returned['x-request-id'], lines };
}

type Sent = Parameters<typeof send>[1];

describe('X-Request-Id', () => {
  it.each([true, 1, '127.0.0.1', 'loopback'])(
    'is kept when a trusted proxy sends it, trustProxy: %s',
    async (trustProxy) => {
      const { returnedId, lines } = await linesOf(await start({ trustProxy }), { 'x-request-id': GIVEN });

      expect(returnedId).toBe(GIVEN);
      expect(lines.map(({ requestId }) => requestId)).toEqual([GIVEN, GIVEN, GIVEN]);
    },
  );

  it('is kept in lower case when a trusted proxy sends it in upper case', async () => {
    const headers = { 'x-request-id': GIVEN.toUpperCase() };
    const { returnedId, lines } = await linesOf(await start({ trustProxy: true }), headers);

    expect([returnedId, ...lines.map(({ requestId }) => requestId)]).toEqual([GIVEN, GIVEN, GIVEN, GIVEN]);
  });

  it.each([undefined, false, 0, '10.0.0.0/8'])(
    'is replaced when any other client sends it, trustProxy: %s',
    async (trustProxy) => {
      const server = await start(trustProxy === undefined ? {} : { trustProxy });
      const { returnedId, lines } = await linesOf(server, { 'x-request-id': GIVEN });

      expect(returnedId).toMatch(UUID);
      expect(returnedId).not.toBe(GIVEN);
      expect(lines.map(({ requestId }) => requestId)).toEqual([returnedId, returnedId, returnedId]);
    },
  );

  it.each([
    ['is empty', ''],
    ['is no UUID', 'abc-123'],
    ['is a UUID without hyphens', GIVEN.replaceAll('-', '')],
    ['has something behind it', `${GIVEN} x`],
    ['is sent twice', [GIVEN, GIVEN]],
  ])('is replaced when a trusted proxy sends one that %s', async (_, given) => {
    const { returnedId } = await linesOf(await start({ trustProxy: true }), { 'x-request-id': given });

    expect(returnedId).toMatch(UUID);
    expect(returnedId).not.toBe(GIVEN);
  });

  it.each<[string, Sent, number]>([
    ['no operation', { path: '/api/elsewhere' }, 404],
    ['no credentials', { body: BODY, headers: { authorization: [] } }, 401],
    ['a header that the HTTP layer rejects', { headers: { host: 'a b' } }, 400],
  ])('is kept when a trusted proxy sends it in a request with %s', async (_, request, status) => {
    const { url, lines } = await start({ trustProxy: 1 });

    const response = await send(url, { ...request, headers: { ...request?.headers, 'x-request-id': GIVEN } });

    expect([response.status, response.headers['x-request-id']]).toEqual([status, GIVEN]);
    await vi.waitFor(() => expect(lines).toMatchObject([{ status, requestId: GIVEN }]));
  });
});

/** Credentials like those of `keys create`. */
const SECRET = 'NMNm8cYh71IL83kq2Zs0aVd5TtPp9xWe4RrQy6UuGgE';

describe('the line of a request that the HTTP layer rejects', () => {
  it.each([
    [undefined, '203.0.113.9', '127.0.0.1'],
    [1, '203.0.113.9', '203.0.113.9'],
    [1, 'x, 203.0.113.9', '203.0.113.9'],
    ['loopback', '203.0.113.9, 127.0.0.1', '203.0.113.9'],
    [true, '203.0.113.9, 10.0.0.1', '203.0.113.9'],
    [1, '', '127.0.0.1'],
    [1, SECRET, HIDDEN],
    [1, '2001:0db8:85a3:0000:0000:8a2e:0370:7334', '2001:0db8:85a3:0000:0000:8a2e:0370:7334'],
  ])('has the address of the client, trustProxy: %s, X-Forwarded-For: %s', async (trustProxy, forwarded, address) => {
    const { url, lines } = await start(trustProxy === undefined ? {} : { trustProxy });

    await send(url, { headers: { host: 'a b', ...(forwarded && { 'x-forwarded-for': forwarded }) } });

    await vi.waitFor(() => expect(lines).toMatchObject([{ msg: 'request rejected', address }]));
  });
});

describe('traceparent', () => {
  it.each([
    ['version 00', `00-${TRACE_ID}-${PARENT_ID}-01`],
    ['not sampled', `00-${TRACE_ID}-${PARENT_ID}-00`],
    ['a later version', `01-${TRACE_ID}-${PARENT_ID}-01`],
    ['a later version with more fields', `cc-${TRACE_ID}-${PARENT_ID}-01-what-comes-next`],
  ])('has its trace ID in every line of the log: %s', async (_, traceparent) => {
    const { lines } = await linesOf(await start(), { traceparent });

    expect(lines.map(({ traceId }) => traceId)).toEqual([TRACE_ID, TRACE_ID, TRACE_ID]);
  });

  it('has its trace ID in the line of a request that the HTTP layer rejects', async () => {
    const { url, lines } = await start();

    await send(url, { headers: { host: 'a b', traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` } });

    await vi.waitFor(() => expect(lines).toMatchObject([{ msg: 'request rejected', traceId: TRACE_ID }]));
  });

  it.each([
    ['a trace ID of zeros', `00-${'0'.repeat(32)}-${PARENT_ID}-01`],
    ['a parent ID of zeros', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
    ['version ff', `ff-${TRACE_ID}-${PARENT_ID}-01`],
    ['version 00 with more fields', `00-${TRACE_ID}-${PARENT_ID}-01-x`],
    ['upper case', `00-${TRACE_ID.toUpperCase()}-${PARENT_ID}-01`],
    ['a short trace ID', `00-${TRACE_ID.slice(1)}-${PARENT_ID}-01`],
    ['no flags', `00-${TRACE_ID}-${PARENT_ID}`],
    ['nothing', ''],
  ])('is ignored with %s', async (_, traceparent) => {
    const { lines } = await linesOf(await start(), { traceparent });

    expect(lines.map(({ traceId }) => traceId)).toEqual([undefined, undefined, undefined]);
  });
});
