// The requests of each attempt, and its reports: idempotency keys, `onAttempt`, the User-Agent.
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Attempt, NetworkError } from '../../../openapi/client/index.ts';
import { createClient } from '../../support/contract/tested-version.ts';
import { BODY, CREATED, CREDENTIALS, caught, clientWith, PATH, startOwnMock } from '../test-client.ts';

describe('the idempotency key', () => {
  it('is in each result, whether the client or the caller made it', async () => {
    const statuses = [201, 400];
    const { client, header } = clientWith({}, async () => {
      const status = statuses.shift() ?? 500;
      return Response.json(status === 201 ? CREATED : { error: { type: 'InvalidRequest', message: 'No.' } }, {
        status,
      });
    });

    const made = await client.POST(PATH, { body: BODY });
    const given = await client.POST(PATH, { body: BODY, params: { header: { 'Idempotency-Key': 'mine' } } });

    expect([made.idempotencyKey, given.idempotencyKey]).toEqual(header('Idempotency-Key'));
    expect(made.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
    expect(given).toMatchObject({ idempotencyKey: 'mine', error: { error: { type: 'InvalidRequest' } } });
  });

  it('is in a result whose response was replaced by another middleware', async () => {
    const { client } = clientWith();
    client.use({ onResponse: ({ response }) => new Response(response.body, response) });

    const result = await client.POST(PATH, { body: BODY, params: { header: { 'Idempotency-Key': 'mine' } } });

    expect(result).toMatchObject({ idempotencyKey: 'mine', data: CREATED });
  });

  it('lets the caller try again after a NetworkError, without a second organization', async () => {
    const mock = await startOwnMock();
    let isLost = true;
    const client = createClient({
      baseUrl: mock.url,
      credentials: CREDENTIALS,
      retries: 0,
      fetch: async (request) => {
        const response = await fetch(request);
        if (!isLost) return response;
        isLost = false;
        throw new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });
      },
    });

    const error = await caught(client.POST(PATH, { body: BODY }));
    if (!(error instanceof NetworkError)) throw error;
    const key = error.idempotencyKey ?? '';
    const { data, response } = await client.POST(PATH, { body: BODY, params: { header: { 'Idempotency-Key': key } } });

    expect(error.reason).toBe('reset');
    expect(response.headers.get('Idempotency-Replayed')).toBe('true');
    expect(mock.requests.map((request) => request.response?.body)).toEqual([data, data]);
  });
});

describe('the option `onAttempt`', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('in the log');
      },
    ],
    ['rejects', () => Promise.reject(new Error('in the log'))],
  ])('changes no result when it %s, and its error is reported', async (_, onAttempt) => {
    const reported = vi.spyOn(console, 'error').mockReturnValue();
    onTestFinished(() => reported.mockRestore());
    const { client } = clientWith({ onAttempt });

    const { data } = await client.POST(PATH, { body: BODY });

    expect(data).toEqual(CREATED);
    expect(reported.mock.calls).toEqual([[new Error('in the log')]]);
  });

  it('reports its errors as uncaught ones of a page, where there is `reportError`', async () => {
    const reportError = vi.fn();
    vi.stubGlobal('reportError', reportError);
    onTestFinished(() => void vi.unstubAllGlobals());
    const { client } = clientWith({ onAttempt: () => Promise.reject(new Error('in the log')) });

    expect((await client.POST(PATH, { body: BODY })).data).toEqual(CREATED);
    expect(reportError).toHaveBeenCalledWith(new Error('in the log'));
  });

  it('is called after each attempt', async () => {
    const mock = await startOwnMock();
    mock.next({ networkError: true });
    const attempts: Attempt[] = [];
    const client = createClient({
      baseUrl: mock.url,
      credentials: CREDENTIALS,
      onAttempt: (attempt) => attempts.push(attempt),
    });

    const { idempotencyKey } = await client.POST(PATH, { body: BODY });

    const shared = { method: 'POST', url: `${mock.url}${PATH}`, durationMs: expect.any(Number), idempotencyKey };
    expect(attempts).toEqual([
      { ...shared, attempt: 1, status: undefined, error: expect.any(TypeError), retryInMs: expect.any(Number) },
      { ...shared, attempt: 2, status: 201, error: undefined, retryInMs: undefined },
    ]);
    expect(JSON.stringify(attempts)).not.toContain('secret');
  });
});

describe('the User-Agent', () => {
  it.each([
    ['document', { baseURI: 'about:blank' }],
    ['location', { href: 'https://app.test/worker.js' }],
  ])('is not set where there is a %s', async (name, value) => {
    vi.stubGlobal(name, value);
    onTestFinished(() => void vi.unstubAllGlobals());
    const { client, header } = clientWith();

    await client.POST(PATH, { body: BODY });

    expect(header('User-Agent')).toEqual([null]);
  });
});
