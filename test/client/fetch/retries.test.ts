// The retries of the client: which requests, how often, and after which delay.
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createClient } from '../../support/contract/tested-version.ts';
import { BODY, CREATED, CREDENTIALS, clientWith, errorResponse, json, PATH } from '../scripted-client.ts';

describe('the retries of the client', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** The outcome of the call, and its delays between requests in milliseconds, except delays of zero. */
  async function waitsOf(call: Promise<unknown>) {
    const waits: number[] = [];
    let settled = false;
    const outcome = call
      .catch((error: unknown) => error)
      .finally(() => {
        settled = true;
      });
    await vi.advanceTimersByTimeAsync(0);
    while (!settled) {
      const before = Date.now();
      await vi.advanceTimersToNextTimerAsync();
      waits.push(Date.now() - before);
    }
    return { outcome: await outcome, waits };
  }

  it('follow network errors, with the same key and exponential backoff', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    onTestFinished(() => void vi.restoreAllMocks());
    const { client, keys } = clientWith([
      new TypeError('fetch failed'),
      new TypeError('fetch failed'),
      json(201, CREATED),
    ]);

    const { outcome, waits } = await waitsOf(client.POST(PATH, { body: BODY }));

    expect(outcome).toMatchObject({ response: { status: 201 }, data: CREATED });
    expect(waits).toEqual([250, 500]);
    expect(keys()).toHaveLength(3);
    expect(new Set(keys()).size).toBe(1);
  });

  it('follow a response whose body is interrupted', async () => {
    const interrupted = new Response(
      new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) }),
    );
    const { client, requests } = clientWith([interrupted, json(201, CREATED)]);

    const { outcome } = await waitsOf(client.POST(PATH, { body: BODY }));

    expect(outcome).toMatchObject({ response: { status: 201 } });
    expect(requests).toHaveLength(2);
  });

  it.each([
    ['seconds', 429, { 'Retry-After': '7' }, [7_000]],
    ['zero seconds', 503, { 'Retry-After': '0' }, []],
    [
      'a date, relative to the Date of the response',
      503,
      { Date: 'Sun, 06 Nov 1994 08:49:37 GMT', 'Retry-After': 'Sun, 06 Nov 1994 08:49:42 GMT' },
      [5_000],
    ],
    [
      'a date of RFC 850',
      503,
      { Date: 'Sunday, 06-Nov-94 08:49:37 GMT', 'Retry-After': 'Sunday, 06-Nov-94 08:49:42 GMT' },
      [5_000],
    ],
    [
      'a date of RFC 850 beyond the turn of the century',
      503,
      { Date: 'Fri, 31 Dec 1999 23:59:58 GMT', 'Retry-After': 'Saturday, 01-Jan-00 00:00:00 GMT' },
      [2_000],
    ],
    [
      'a date of asctime',
      503,
      { Date: 'Sun, 06 Nov 1994 08:49:37 GMT', 'Retry-After': 'Sun Nov  6 08:49:42 1994' },
      [5_000],
    ],
    ['a date in the past', 503, { 'Retry-After': 'Sun, 06 Nov 1994 08:49:42 GMT' }, []],
  ])('wait for the time in Retry-After: %s', async (_, status, headers, expected) => {
    const { client } = clientWith([errorResponse(status, 'Unavailable', headers), json(201, CREATED)]);

    const { outcome, waits } = await waitsOf(client.POST(PATH, { body: BODY }));

    expect(outcome).toMatchObject({ response: { status: 201 } });
    expect(waits).toEqual(expected);
  });

  it('wait for a date relative to the local clock when the response has no Date', async () => {
    vi.setSystemTime('2026-01-01T00:00:00Z');
    const { client } = clientWith([
      errorResponse(503, 'Unavailable', { 'Retry-After': 'Thu, 01 Jan 2026 00:00:03 GMT' }),
      json(201, CREATED),
    ]);

    const { waits } = await waitsOf(client.POST(PATH, { body: BODY }));

    expect(waits).toEqual([3_000]);
  });

  it.each([
    'soon',
    '-1',
    '1.5',
    '',
    'Tomorrow',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 CET',
    'Sun, 06 Foo 1994 08:49:37 GMT',
    'Sun, 46 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:49:37 GMT',
    '1994-11-06T08:49:37Z',
  ])('back off by 125 to 375 ms when Retry-After is %j', async (value) => {
    const { client } = clientWith([errorResponse(429, 'RateLimited', { 'Retry-After': value }), json(201, CREATED)]);

    const { waits } = await waitsOf(client.POST(PATH, { body: BODY }));

    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThanOrEqual(125);
    expect(waits[0]).toBeLessThanOrEqual(375);
  });

  it('stop when Retry-After exceeds the limit, and return the response', async () => {
    const { client, requests } = clientWith([errorResponse(429, 'RateLimited', { 'Retry-After': '99999999999' })]);

    const { outcome, waits } = await waitsOf(client.POST(PATH, { body: BODY }));

    expect(outcome).toMatchObject({ response: { status: 429 }, error: { error: { type: 'RateLimited' } } });
    expect(waits).toEqual([]);
    expect(requests).toHaveLength(1);
  });

  it('stop after two, and return the last response', async () => {
    const rejections = Array.from({ length: 3 }, () => errorResponse(503, 'Unavailable', { 'Retry-After': '1' }));
    const { client, requests } = clientWith(rejections);

    const { outcome, waits } = await waitsOf(client.POST(PATH, { body: BODY }));

    expect(outcome).toMatchObject({ response: { status: 503 }, error: { error: { type: 'Unavailable' } } });
    expect(waits).toEqual([1_000, 1_000]);
    expect(requests).toHaveLength(3);
  });

  it.each([[errorResponse(503, 'Unavailable', { 'Retry-After': '1' })], [new TypeError('fetch failed')]])(
    'are off with `retries: 0`: %o',
    async (step) => {
      const { client, requests } = clientWith([step], { retries: 0 });

      const { waits } = await waitsOf(client.POST(PATH, { body: BODY }));

      expect(waits).toEqual([]);
      expect(requests).toHaveLength(1);
    },
  );

  it.each<[number, string]>([
    [400, 'InvalidRequest'],
    [401, 'Unauthorized'],
    [409, 'IdempotencyKeyReused'],
    [413, 'PayloadTooLarge'],
    [415, 'UnsupportedMediaType'],
    [500, 'InternalError'],
  ])('do not follow %i', async (status, type) => {
    const { client, requests } = clientWith([errorResponse(status, type)]);

    const { outcome } = await waitsOf(client.POST(PATH, { body: BODY }));

    expect(outcome).toMatchObject({ response: { status }, error: { error: { type, message: 'No.' } } });
    expect(requests).toHaveLength(1);
  });

  it('are not waited for when the signal aborts with the response', async () => {
    const controller = new AbortController();
    const client = createClient({
      ...{ baseUrl: 'https://api.test/api', credentials: CREDENTIALS },
      fetch: async () => {
        controller.abort(new Error('Enough.'));
        return errorResponse(503, 'Unavailable', { 'Retry-After': '30' });
      },
    });

    const { outcome, waits } = await waitsOf(client.POST(PATH, { body: BODY, signal: controller.signal }));

    expect(outcome).toMatchObject({ name: 'NetworkError', reason: 'abort', attempts: 1, cause: new Error('Enough.') });
    expect(waits).toEqual([]);
  });

  it('stop when the signal aborts during a wait', async () => {
    const controller = new AbortController();
    const { client, requests } = clientWith([errorResponse(503, 'Unavailable', { 'Retry-After': '30' })]);
    const call = client.POST(PATH, { body: BODY, signal: controller.signal }).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10);

    controller.abort(new Error('Enough.'));

    expect(await call).toMatchObject({ name: 'NetworkError', reason: 'abort', cause: new Error('Enough.') });
    expect(requests).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
