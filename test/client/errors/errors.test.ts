// What the client returns and throws: unwrap, NetworkError and UnexpectedResponse.
import { describe, expect, it } from 'vitest';
import { ApiError, UnexpectedResponse, unwrap } from '../../../openapi/client/index.ts';
import { createClient } from '../../support/contract/tested-version.ts';
import { BODY, CREATED, CREDENTIALS, caught, clientWith, PATH, startOwnMock, thrownBy } from '../test-client.ts';

describe('unwrap', () => {
  it('throws an ApiError with everything that identifies the error', async () => {
    const mock = await startOwnMock();
    const client = createClient({ baseUrl: mock.url, credentials: CREDENTIALS });
    const ownerId = '11111111-1111-4111-8111-111111111111';

    const result = await client.POST(PATH, { body: { ownerId, memberIds: [] } });
    const error = await caught((async () => unwrap(result))());

    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      message: 'The account has no customer with one of the IDs; see details.',
      status: 400,
      type: 'UnknownCustomers',
      details: [{ in: 'body', pointer: '/ownerId', message: `The account has no customer ${ownerId}.` }],
      requestId: result.response.headers.get('X-Request-Id'),
      idempotencyKey: result.idempotencyKey,
    });
    expect((error as ApiError).requestId).toMatch(/^[0-9a-f-]{36}$/); // The assertion above has checked this.
  });

  it('returns the data of a success', async () => {
    const { client } = clientWith();

    expect(unwrap(await client.POST(PATH, { body: BODY }))).toEqual(CREATED);
  });

  const response = new Response();

  it.each<[string, unknown, RegExp]>([
    ['undefined', undefined, /takes the result of a call, not undefined/],
    ['an empty object', {}, /takes the result of a call, not an object/],
    ['a promise', Promise.resolve({ data: {}, response }), /not a promise: await it/],
    ['a response', response, /takes the result of a call/],
    ['an error that is a text', { error: 'x', response }, /does not match the contract/],
    ['an error without an envelope', { error: { type: 'RateLimited' }, response }, /does not match the contract/],
  ])('rejects %s', (_, result, message) => {
    const error = thrownBy(() => unwrap(result as { response: Response })); // Not allowed by the type.

    expect(error).toBeInstanceOf(TypeError);
    expect(error).toHaveProperty('message', expect.stringMatching(message));
  });
});

describe('NetworkError.reason', () => {
  const failing = (code: string) => async () => {
    throw new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
  };

  it.each([
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['ECONNREFUSED', 'refused'],
    ['ECONNRESET', 'reset'],
    ['UND_ERR_SOCKET', 'reset'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
    ['CERT_HAS_EXPIRED', 'unknown'],
  ])('is derived from %s: %s', async (code, reason) => {
    const { client } = clientWith({ retries: 0 }, failing(code));

    expect(await caught(client.POST(PATH, { body: BODY }))).toMatchObject({ reason, attempts: 1 });
  });

  it('is `unknown` for what a browser throws', async () => {
    const { client } = clientWith({ retries: 0 }, async () => {
      throw new TypeError('Failed to fetch');
    });

    expect(await caught(client.POST(PATH, { body: BODY }))).toMatchObject({ reason: 'unknown' });
  });

  it.each([
    [{ networkError: true }, 'reset'],
    [{ hang: true }, 'timeout'],
  ] as const)('is that of the mock for %j', async (directive, reason) => {
    const mock = await startOwnMock();
    mock.next(directive);
    const client = createClient({ baseUrl: mock.url, credentials: CREDENTIALS, retries: 0, timeoutMs: 300 });

    expect(await caught(client.POST(PATH, { body: BODY }))).toMatchObject({ reason });
  });
});

describe('a response', () => {
  it.each<[number, unknown]>([
    [201, []],
    [201, [CREATED]],
    [201, 'created'],
    [400, { error: { type: 'Whoa', message: 'No.' } }],
    [400, { error: { type: 'toString', message: 'No.' } }],
    [401, { error: { type: 'RateLimited', message: 'No.' } }],
    [400, { error: { type: 'InvalidRequest' } }],
    [402, { error: { type: 'InvalidRequest', message: 'No.' } }],
    [400, { error: 'InvalidRequest' }],
    [400, []],
  ])('is not of the contract: %i %j', async (status, body) => {
    const { client } = clientWith({}, async () => Response.json(body, { status }));

    await expect(client.POST(PATH, { body: BODY })).rejects.toBeInstanceOf(UnexpectedResponse);
  });

  it.each(['NotFound', 'MethodNotAllowed'])('is outside of the operation: %s', async (type) => {
    const { client } = clientWith({}, async () =>
      Response.json({ error: { type, message: 'No.' } }, { status: type === 'NotFound' ? 404 : 405 }),
    );

    expect((await client.POST(PATH, { body: BODY })).error?.error).toHaveProperty('type', type);
  });
});

describe('a call of an operation that the contract does not have', () => {
  it('rejects, and sends nothing', async () => {
    const { client, requests } = clientWith();

    // @ts-expect-error there is no such path
    await expect(client.GET('/things', {})).rejects.toThrow('The contract has no operation GET /things.');
    expect(requests).toEqual([]);
  });
});
