// The credentials of the client: the pair, the header, and a function that returns them.
import { describe, expect, it } from 'vitest';
import { NetworkError } from '../../openapi/client/index.ts';
import { BASIC, BODY, CREDENTIALS, caught, clientWith, PATH } from './test-client.ts';

describe('the option `credentials`', () => {
  it('may be an async function, which is called for each request', async () => {
    const secrets = ['secret', 'other'];
    const { client, header } = clientWith({
      credentials: async () => ({ clientId: 'key', clientSecret: secrets.shift() ?? '' }),
    });

    await client.POST(PATH, { body: BODY });
    await client.POST(PATH, { body: BODY });

    expect(header('Authorization')).toEqual([BASIC, 'Basic a2V5Om90aGVy']);
  });

  it.each([
    ['a whole header', () => 'Bearer abc', 'Bearer abc'],
    ['undefined for none', async () => undefined, null],
  ])('may be a function that returns %s', async (_, credentials, expected) => {
    const { client, header } = clientWith({ credentials });

    await client.POST(PATH, { body: BODY });

    expect(header('Authorization')).toEqual([expected]);
  });

  it('rejects the call, and sends nothing, when the function throws', async () => {
    const { client, requests } = clientWith({ credentials: () => Promise.reject(new Error('Not logged in.')) });

    await expect(client.POST(PATH, { body: BODY })).rejects.toThrow('Not logged in.');
    expect(requests).toEqual([]);
  });

  it('sends no header when it is missing, but the cookies of the same origin', async () => {
    const { client, requests, header } = clientWith();

    await client.POST(PATH, { body: BODY });

    expect(header('Authorization')).toEqual([null]);
    expect(requests[0]?.credentials).toBe('same-origin');
  });

  it('is replaced by the header of a call', async () => {
    const { client, header } = clientWith({ credentials: CREDENTIALS });

    await client.POST(PATH, { body: BODY, headers: { Authorization: 'Bearer mine' } });

    expect(header('Authorization')).toEqual(['Bearer mine']);
  });
});

describe('a function `credentials`', () => {
  const hanging = () => new Promise<never>(() => {});

  it('is bounded by the time-out when it does not return', async () => {
    const { client, requests } = clientWith({ credentials: hanging, timeoutMs: 20 });

    const error = await caught(client.POST(PATH, { body: BODY }));

    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ reason: 'timeout', attempts: 0, message: expect.stringContaining('within 20 ms') });
    expect(requests).toEqual([]);
  });

  it.each([
    ['before', AbortSignal.abort()],
    ['during', AbortSignal.timeout(20)],
  ])('is bounded by a signal that aborts %s the call', async (_, signal) => {
    const { client } = clientWith({ credentials: hanging });

    const error = await caught(client.POST(PATH, { body: BODY, signal }));

    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ attempts: 0, reason: _ === 'before' ? 'abort' : 'timeout' });
  });

  it.each([
    [null],
    [5],
    [true],
    [[]],
    [''],
    ['  '],
    ['\t'],
    ['Bearer hush\n'],
    ['Bearer hush€'],
    [{ clientId: 'key' }],
  ])('must not return %j', async (given) => {
    const { client, requests } = clientWith({ credentials: () => given as string }); // Not allowed by the type.

    const error = await caught(client.POST(PATH, { body: BODY }));

    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toMatch(/credentials|`clientSecret`/);
    expect(String(error)).not.toContain('hush');
    expect(requests).toEqual([]);
  });
});
