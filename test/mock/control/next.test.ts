// `mock.next`: responses that a test queues for the next requests.
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ScenarioName } from '../../../generated/examples.ts';
import type { NextRequest } from '../../../mock/core/scenario-queue.ts';
import { scenarios } from '../../support/contract/operation.ts';
import { exchange } from '../../support/http/http.ts';
import { create, failed, mock, origin, shareMock, start, statusesOf, typeOf, useShared } from './controlled-mock.ts';

shareMock();

describe('mock.next', () => {
  beforeEach(useShared);

  it('returns queued responses to the next valid requests, first in, first out', async () => {
    mock.next('RateLimited');
    mock.next('Unavailable', { times: 2 });
    mock.next('publishedResponse');

    expect(await statusesOf(5)).toEqual([429, 503, 503, 201, 201]);
  });

  it.each(scenarios)('returns the example $example with its status and body', async ({ example, status, body }) => {
    mock.next({ example: example as ScenarioName }); // The text names a scenario.

    const response = await create();

    expect(response.status).toBe(status);
    expect(response.body).toEqual(body);
  });

  it('does not use the queue for a request that breaks the contract, or has a preference', async () => {
    mock.next('RateLimited');

    expect(typeOf(await create({ body: {} }))).toBe('InvalidRequest');
    expect(typeOf(await create({ headers: { authorization: [] } }))).toBe('Unauthorized');
    expect(typeOf(await create({ headers: { prefer: 'code=503' } }))).toBe('Unavailable');
    expect((await exchange(origin, { path: '/api/unknown' })).status).toBe(404);
    expect(await statusesOf(2)).toEqual([429, 201]);
  });

  it('delays a response of its own, or a queued one', async () => {
    mock.next({ delayMs: 200 });
    mock.next('RateLimited', { delayMs: 200 });

    for (const status of [201, 429]) {
      const startedMs = performance.now();
      expect((await create()).status).toBe(status);
      expect(performance.now() - startedMs).toBeGreaterThanOrEqual(199);
    }
  });

  it('resets the connection for `networkError`, and creates nothing', async () => {
    const { id: firstId } = (await create()).body as { id: string };
    mock.reset();
    mock.next({ networkError: true });

    expect(await failed(create())).toBe('ECONNRESET');
    expect((await create()).body).toHaveProperty('id', firstId);
  });

  it('sends no response for `hang` until the mock is reset', async () => {
    mock.next({ hang: true });

    const pending = failed(create());
    const { response } = await mock.waitForRequest(({ body }) => body !== undefined);

    expect(response).toBeNull();
    mock.reset();
    expect(await pending).toBe('ECONNRESET');
  });

  it('ends delayed requests when the mock is reset, whose IDs start again', async () => {
    const first = (await create()).body;
    mock.reset();
    mock.next({ delayMs: 60_000 });
    const both = [failed(create()), failed(create())];
    // When one of them has its response, the other has consumed the queued one.
    await Promise.race(both);

    mock.reset();

    expect((await Promise.all(both)).sort()).toEqual(['ECONNRESET', 'responded']);
    expect((await create()).body).toHaveProperty('id', (first as { id: string }).id);
  });

  it('closes while requests hang', async () => {
    await start();
    mock.next({ hang: true });
    const pending = failed(create());
    await mock.waitForRequest();

    await mock.close();

    expect(await pending).toBe('ECONNRESET');
  });

  it.each<[unknown, RegExp]>([
    [{ scenario: 'RateLimted' }, /no scenario "RateLimted"\. There are: asPublished, .*RateLimited/],
    [{ example: 'x' }, /no scenario "x"/],
    [{ scenario: 5 }, /A scenario is a name, not 5\./],
    [{ scenario: 'RateLimited', example: 'Unavailable' }, /must not name different examples/],
    [{ scenario: 'RateLimited', tims: 2 }, /no option "tims"\. Known here: scenario, example, times/],
    [{ scenario: 'RateLimited', times: 0 }, /`times` option must be an integer from 1 to 10,000, not 0/],
    [{ scenario: 'RateLimited', times: '2' }, /`times`/],
    [{ delayMs: 60_001 }, /`delayMs` option must be an integer from 0 to 60,000, not 60001/],
    [{ delayMs: Number.NaN }, /not NaN/],
    [{ delayMs: Number.POSITIVE_INFINITY }, /not Infinity/],
    [{ delayMs: null }, /not null/],
    [{ delayMs: undefined }, /is required/],
    [{ scenario: null }, /A scenario is a name, not null\./],
    [{ scenario: 'x'.repeat(60_000) }, /no scenario "x{60}…"/],
    [{ networkError: 'yes' }, /`networkError` option must be true or false, not "yes"/],
    [{ networkError: true, hang: true }, /exclude each other/],
    [{ networkError: true, scenario: 'RateLimited' }, /there is no response/],
    [{ times: 2 }, /One of the options .* is required/],
    [{}, /is required/],
    [[], /must be an object/],
    [null, /must be an object/],
  ])('rejects %j, and queues nothing', async (options, message) => {
    expect(() => mock.next(options as { delayMs: number })).toThrow(message); // Not allowed by the type.
    expect((await create()).status).toBe(201);
  });

  it('rejects an entry when 1,000 wait, until one was used up or the mock is reset', async () => {
    for (let index = 0; index < 1_000; index++) mock.next('RateLimited');
    const full = /^The queue is full: 1,000 entries wait already\. .*`reset\(\)`\.$/;

    expect(() => mock.next('Unavailable')).toThrow(RangeError);
    expect(() => mock.next({ delayMs: 1 })).toThrow(full);
    const rejected = await exchange(origin, { path: '/_mock/next', body: { scenario: 'Unavailable' } });
    expect([rejected.status, rejected.body]).toEqual([
      400,
      { error: { type: 'InvalidRequest', message: expect.stringMatching(full) } },
    ]);
    expect((await create()).status).toBe(429);
    mock.next('Unavailable', { times: 10_000 });
    expect(() => mock.next('Unavailable')).toThrow(full);
    mock.reset();
    mock.next('Unavailable');
    expect(await statusesOf(2)).toEqual([503, 201]);
  });

  it('names a BigInt as it is written', () => {
    const options: object = { delayMs: 5n };

    expect(() => mock.next(options as { delayMs: number })).toThrow(/not 5n\.$/); // Not allowed by the type.
  });

  it.each<[unknown[], RegExp]>([
    [['RateLimited', 5], /options must be an object, not 5/],
    [['RateLimited', null], /options must be an object, not null/],
    [['RateLimited', 'Unavailable'], /options must be an object/],
    [['RateLimited', { scenario: 'Unavailable' }], /scenario as the first argument/],
    [['RateLimited', { example: 'Unavailable' }], /must not name different examples/],
    [[{ scenario: 'RateLimited' }, { times: 2 }], /scenario as the first argument/],
    [[undefined], /no scenario|is required/],
    [[5], /A scenario is a name, not 5\./],
  ])('rejects the arguments %j, and queues nothing', async (args, message) => {
    expect(() => Reflect.apply(mock.next, mock, args)).toThrow(message);
    expect((await create()).status).toBe(201);
  });

  it('does not compile with an unknown scenario or option', () => {
    // @ts-expect-error It is called RateLimited.
    expect(() => mock.next('RateLimted')).toThrow('no scenario');
    // @ts-expect-error It is called Unavailable.
    expect(() => mock.next({ example: 'Unavailble' })).toThrow('no scenario');
    // @ts-expect-error It is called times.
    expect(() => mock.next('RateLimited', { count: 2 })).toThrow('no option');
  });

  it('does not compile with options that exclude each other, or with none', () => {
    // @ts-expect-error There is nothing to do.
    expect(() => mock.next({})).toThrow('is required');
    // @ts-expect-error The same.
    expect(() => mock.next({ times: 2 })).toThrow('is required');
    // @ts-expect-error The same.
    expect(() => mock.next({ hang: false, networkError: false })).toThrow('is required');
    // @ts-expect-error The connection is reset or not.
    expect(() => mock.next({ hang: true, networkError: true })).toThrow('exclude each other');
    // @ts-expect-error There is no response.
    expect(() => mock.next('RateLimited', { hang: true })).toThrow('no response');
    // @ts-expect-error The same.
    expect(() => mock.next('RateLimited', { networkError: true })).toThrow('no response');
    // @ts-expect-error The same.
    expect(() => mock.next({ scenario: 'RateLimited', hang: true })).toThrow('no response');
    // @ts-expect-error The same.
    expect(() => mock.next({ example: 'RateLimited', networkError: true })).toThrow('no response');
    // @ts-expect-error Two names.
    expect(() => mock.next({ scenario: 'RateLimited', example: 'Unavailable' })).toThrow('different examples');
    // @ts-expect-error Two names.
    expect(() => mock.next('RateLimited', { example: 'Unavailable' })).toThrow('different examples');
    // @ts-expect-error The scenario is the first argument.
    expect(() => mock.next('RateLimited', { scenario: 'RateLimited' })).toThrow('first argument');
  });

  it('compiles with every response that a request can get', () => {
    const name: ScenarioName = 'RateLimited';
    const requests: NextRequest<ScenarioName>[] = [
      { scenario: name },
      { example: name, times: 2, delayMs: 0 },
      { delayMs: 5, times: undefined, hang: false, networkError: undefined },
      { hang: true, times: 2 },
      { networkError: true, delayMs: 5, scenario: undefined },
    ];

    for (const request of requests) expect(() => mock.next(request)).not.toThrow();
    expect(() => mock.next(name, { times: 3, delayMs: 1, hang: false })).not.toThrow();
  });
});

describe('a preference straight after the start', () => {
  it('needs no Prism', async () => {
    const worker = await import('node:worker_threads');
    const constructed = vi.spyOn(worker.default, 'Worker');
    onTestFinished(() => constructed.mockRestore());
    await start();

    expect((await create({ headers: { prefer: 'code=503, example=Unavailable' } })).status).toBe(503);
    expect(constructed).not.toHaveBeenCalled();
  });
});
