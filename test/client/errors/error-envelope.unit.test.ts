// Error bodies: an error of the contract must have the types of the contract.
import { describe, expect, it } from 'vitest';
import { examples } from '../../../generated/examples.ts';
import { ApiError, UnexpectedResponse, unwrap } from '../../../openapi/client/index.ts';
import { responseSchemas } from '../../../openapi/schemas/index.ts';
import { createClient } from '../../support/contract/tested-version.ts';

const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };
const DETAIL = { in: 'body', pointer: '/ownerId', message: 'No.' };

/** A call whose response is this one. */
function call(status: number, body: unknown, options: object = {}) {
  const client = createClient({
    baseUrl: 'https://api.test/api',
    retries: 0,
    fetch: async () => Response.json(body, { status }),
    ...options,
  });
  return client.POST('/customer-organizations', { body: BODY });
}

const invalid = (error: object) => ({ error: { type: 'InvalidRequest', message: 'No.', ...error } });

const WRONG: [string, unknown][] = [
  ...['x', '', null, 5, true, {}, { 0: DETAIL, length: 1 }, DETAIL].map((details): [string, unknown] => [
    `details ${JSON.stringify(details)}`,
    invalid({ details }),
  ]),
  ...[
    null,
    'x',
    5,
    [],
    [DETAIL],
    {},
    { in: 'body', message: 'No.' },
    { ...DETAIL, pointer: null },
    { ...DETAIL, pointer: 5 },
    { in: 'body', pointer: '' },
    { ...DETAIL, message: ['No.'] },
    { pointer: '', message: 'No.' },
    { ...DETAIL, in: 5 },
  ].map((detail): [string, unknown] => [`a detail ${JSON.stringify(detail)}`, invalid({ details: [DETAIL, detail] })]),
  ...[['InvalidRequest'], null, 5, {}].map((type): [string, unknown] => [
    `a type ${JSON.stringify(type)}`,
    invalid({ type }),
  ]),
  ...[null, 5, ['No.'], { text: 'No.' }].map((message): [string, unknown] => [
    `a message ${JSON.stringify(message)}`,
    invalid({ message }),
  ]),
  ...[null, [], 'InvalidRequest', [invalid({}).error]].map((error): [string, unknown] => [
    `an error ${JSON.stringify(error)}`,
    { error },
  ]),
];

describe('an error body', () => {
  it.each(WRONG)('is an UnexpectedResponse with %s', async (_, body) => {
    for (const options of [{}, { responseSchemas }]) {
      const error = await call(400, body, options).catch((reason: unknown) => reason);

      expect(error).toBeInstanceOf(UnexpectedResponse);
      expect(error).toMatchObject({ status: 400, body });
    }
  });

  it.each([
    ['no details', invalid({})],
    ['details', invalid({ details: [DETAIL] })],
    ['an unknown property, which a newer server may send', invalid({ details: [{ ...DETAIL, hint: 1 }], help: 'x' })],
  ])('is an error of the contract with %s', async (_, body) => {
    expect((await call(400, body)).error).toEqual(body);
  });

  const errors = Object.entries(examples.createCustomerOrganization.responses).flatMap(([status, named]) =>
    Number(status) < 400 ? [] : Object.values(named).map(({ body }): [number, unknown] => [Number(status), body]),
  );

  it.each(errors)('is an error of the contract in the example %i %j', async (status, body) => {
    expect((await call(status, body, { maxRetryWaitMs: 0 })).error).toEqual(body);
  });
});

describe('unwrap', () => {
  const response = new Response(null, { status: 400 });

  it.each(WRONG)('rejects %s in a result of another client', (_, error) => {
    expect(() => unwrap({ error, response })).toThrow(new TypeError('The `error` does not match the contract.'));
  });

  it('throws an ApiError with the details', () => {
    const error = new ApiError({ error: invalid({ details: [DETAIL] }), response });

    expect(error).toMatchObject({ type: 'InvalidRequest', details: [DETAIL], status: 400 });
  });
});
