// The option `responseSchemas` with Standard Schemas of other libraries.
import { describe, expect, it } from 'vitest';
import { UnexpectedResponse } from '../../../openapi/client/index.ts';
import type { TestedOptions } from '../../support/contract/tested-version.ts';
import { BODY, CREATED, clientWith, json, PATH } from '../scripted-client.ts';

type Schemas = NonNullable<TestedOptions['responseSchemas']>;
type Issue = { message: string; path?: readonly (PropertyKey | { key: PropertyKey })[] };

/** Validates each body as this does. */
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
  ])('lets a valid body pass with %s', async (_, validate) => {
    expect((await callWith(schemas(validate))).data).toEqual(CREATED);
  });

  it('passes on its own error', async () => {
    const failure = new Error('The lookup failed.');

    await expect(callWith(schemas(() => Promise.reject(failure)))).rejects.toBe(failure);
  });
});
