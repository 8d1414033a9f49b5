// The option `responseSchemas` with Standard Schemas of other libraries.
import { describe, expect, it } from 'vitest';
import { NetworkError, UnexpectedResponse } from '../../../openapi/client/index.ts';
import type { TestedOptions } from '../../support/contract/tested-version.ts';
import { BODY, CREATED, clientWith, errorResponse, json, PATH } from '../scripted-client.ts';

type Schemas = NonNullable<TestedOptions['responseSchemas']>;
type Issue = { message: string; path?: readonly (PropertyKey | { key: PropertyKey })[] };

/** A schema that validates each body with this function. */
const schemas = (validate: (body: unknown) => object | Promise<object>): Schemas => ({
  createCustomerOrganization: { 201: { '~standard': { validate } } },
});

/** The outcome of a call whose response is a success. */
function callWith(responseSchemas: Schemas) {
  const { client } = clientWith([json(201, CREATED)], { responseSchemas });
  return client.POST(PATH, { body: BODY });
}

describe('a Standard Schema of another library', () => {
  it.each<[string, Issue, string]>([
    ['names', { message: 'No.', path: ['owner', 'name'] }, '/owner/name: No.'],
    ['indexes', { message: 'No.', path: ['members', 0] }, '/members/0: No.'],
    ['wrapped names', { message: 'No.', path: [{ key: 'members' }, { key: 1 }, 'id'] }, '/members/1/id: No.'],
    ['a symbol', { message: 'No.', path: ['owner', Symbol('own')] }, '/owner/Symbol(own): No.'],
    ['nothing', { message: 'No.', path: [] }, '/: No.'],
    ['no path', { message: 'No.' }, '/: No.'],
  ])('rejects a body, synchronously or not, with a path of %s', async (_, issue, expected) => {
    for (const validate of [() => ({ issues: [issue] }), async () => ({ issues: [issue] })]) {
      const error: unknown = await callWith(schemas(validate)).catch((reason: unknown) => reason);

      expect(error).toBeInstanceOf(UnexpectedResponse);
      expect(error).toHaveProperty('message', expect.stringContaining(` match the contract. ${expected} Body: `));
    }
  });

  it.each([
    ['a result', (value: unknown) => ({ value })],
    ['a promise', async (value: unknown) => ({ value })],
  ])('accepts a valid body with %s', async (_, validate) => {
    expect((await callWith(schemas(validate))).data).toEqual(CREATED);
  });

  it('passes on its own error', async () => {
    const failure = new Error('The lookup failed.');

    await expect(callWith(schemas(() => Promise.reject(failure)))).rejects.toBe(failure);
  });

  describe('whose promise does not settle', () => {
    const hanging = schemas(() => new Promise(() => {}));
    const LATE = /^No valid response to POST .* after 2 attempts: `responseSchemas` did not return within 20 ms\.$/;

    it('is bounded by the time-out, with the idempotency key of what was created', async () => {
      const steps = [errorResponse(503, 'Unavailable', { 'Retry-After': '0' }), json(201, CREATED)];
      const { client, keys } = clientWith(steps, { responseSchemas: hanging, timeoutMs: 20 });

      const error: unknown = await client.POST(PATH, { body: BODY }).catch((reason: unknown) => reason);

      expect(error).toBeInstanceOf(NetworkError);
      expect(error).toMatchObject({ reason: 'timeout', attempts: 2, message: expect.stringMatching(LATE) });
      expect(keys()).toEqual(Array(2).fill((error as NetworkError).idempotencyKey)); // Asserted above: a NetworkError.
    });

    it.each([
      ['abort', new Error('The user has left.')],
      ['timeout', new DOMException('Too late.', 'TimeoutError')],
    ])('is bounded by the signal of the call: %s', async (reason, cause) => {
      const controller = new AbortController();
      const validate = () => {
        controller.abort(cause);
        return new Promise<object>(() => {});
      };
      const { client, requests } = clientWith([json(201, CREATED)], { responseSchemas: schemas(validate) });

      const error: unknown = await client
        .POST(PATH, { body: BODY, signal: controller.signal })
        .catch((thrown: unknown) => thrown);

      expect(error).toBeInstanceOf(NetworkError);
      expect(error).toMatchObject({ reason, attempts: 1, cause, idempotencyKey: expect.stringMatching(/.{36}/) });
      expect(requests).toHaveLength(1);
    });
  });
});
