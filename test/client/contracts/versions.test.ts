// The version of a client: which one it sends, and whose shapes it expects.
import { describe, expect, it } from 'vitest';
import { examples } from '../../../generated/examples.ts';
import { apiVersions } from '../../../generated/operations.ts';
import { createClientFor } from '../../../openapi/client/client.ts';
import {
  type ClientOptions,
  createClient,
  createMiddleware,
  UnexpectedResponse,
} from '../../../openapi/client/index.ts';
import type { Contract } from '../../../openapi/model/contract.ts';
import { readOperationTables } from '../../../openapi/model/operation-tables.ts';
import { toClientOperations } from '../../../openapi/model/to-client-operations.ts';
import type { StandardSchema } from '../../../openapi/model/validators/standard-schema.ts';
import { TESTED_VERSION, testedOrganizationWith } from '../../support/contract/tested-version.ts';
import { threeVersions } from '../../support/contract/three-versions.ts';

const PATH = '/customer-organizations';
const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };
const VERSION = TESTED_VERSION;

/** The options of a client, and the requests that it has sent. */
function fixture(status = 201, body: unknown = testedOrganizationWith({ members: [] })) {
  const requests: Request[] = [];
  const send = async (request: Request) => {
    requests.push(request);
    return Response.json(body, { status });
  };
  const options = { baseUrl: 'https://api.test/api', fetch: send, retries: 0, version: VERSION } as const;
  return { requests, options };
}

const schemaWith = (...messages: string[]): StandardSchema => ({
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      messages.length > 0 ? { issues: messages.map((message) => ({ message, path: [] })) } : { value },
  },
});

/** A call of the client of another contract, whose types are not generated. */
async function callOf(
  contract: Contract,
  method: string,
  path: string,
  options: Parameters<typeof createClientFor>[1],
) {
  const { routes, errorTypes } = readOperationTables(contract);
  const client = createClientFor(toClientOperations(routes, errorTypes), options);
  const send: (path: string, init: object) => Promise<{ error?: unknown }> = Reflect.get(client, method);
  return send(path, method === 'POST' ? { body: BODY } : {});
}

const { contract: third, olderVersions } = threeVersions();
const [first] = olderVersions;
if (!first) throw new Error('There are three versions.');

describe('the version of a client', () => {
  it('is sent with each request', async () => {
    const { options, requests } = fixture();

    const client = createClient(options);
    await client.POST(PATH, { body: BODY });

    expect(client.version).toBe(VERSION);
    expect(requests.map(({ headers }) => headers.get('Sequence-Version'))).toEqual([VERSION]);
  });

  it.each<Pick<ClientOptions, 'version'>>([{ version: undefined }, {}])(
    'is the newest by default: %j',
    async (version) => {
      const { options, requests } = fixture();
      const { body } = examples.createCustomerOrganization.requests.noMembersYet;

      const client = createClient({ baseUrl: options.baseUrl, fetch: options.fetch, ...version });
      await client.POST(PATH, { body });

      expect(client.version).toBe(apiVersions.at(-1));
      expect(requests.map(({ headers }) => headers.get('Sequence-Version'))).toEqual([apiVersions.at(-1)]);
    },
  );

  it.each([
    { params: { header: { 'Sequence-Version': VERSION } } },
    { headers: { 'sequence-version': VERSION } },
  ] as const)('may be named by the call: %j', async (init) => {
    const { options, requests } = fixture();

    await createClient(options).POST(PATH, { body: BODY, ...init });

    expect(requests.map(({ headers }) => headers.get('Sequence-Version'))).toEqual([VERSION]);
  });

  it.each(['2023-01-01', '', '2024-07-30, 2024-07-30'])('cannot be changed by a call: %j', async (sent) => {
    const { options, requests } = fixture();

    const call = createClient(options).POST(PATH, { body: BODY, headers: { 'Sequence-Version': sent } });

    await expect(call).rejects.toThrow(new TypeError(`The client has version ${VERSION}: create another for ${sent}.`));
    expect(requests).toEqual([]);
  });

  it.each(['2023-01-01', '', '2024-07-30 ', 'constructor', 20240730, null, ['2024-07-30']])(
    'is rejected when it is not live, in one line with the list: %j',
    (version) => {
      const { options } = fixture();
      const expected = new RegExp(`^The \`version\` option must be one of ${apiVersions.join(', ')}, not .+\\.$`);

      for (const create of [createClient, createMiddleware]) {
        const given = create === createClient ? { ...options, version } : { version };
        expect(() => Reflect.apply(create, undefined, [given])).toThrow(expected);
      }
    },
  );

  it('selects the operations and errors', async () => {
    const { options } = fixture(400, { error: { type: 'TooManyCustomers', message: 'There are too many.' } });

    const newest = await callOf(third, 'POST', PATH, options);
    const oldest = callOf(first.contract, 'POST', PATH, options);
    const missing = callOf(first.contract, 'GET', '/all-customers', options);

    expect(newest.error).toMatchObject({ error: { type: 'TooManyCustomers' } });
    await expect(oldest).rejects.toThrow(UnexpectedResponse);
    await expect(missing).rejects.toThrow(new TypeError('The contract has no operation GET /all-customers.'));
  });
});

describe('the option `responseSchemas`', () => {
  const operation = 'createCustomerOrganization';

  it('validates with the schemas of the version', async () => {
    const { options } = fixture();
    const responseSchemas = {
      [operation]: { 201: schemaWith('Is of another version.') },
      [VERSION]: { [operation]: { 201: schemaWith() } },
    };

    const { data } = await createClient({ ...options, responseSchemas }).POST(PATH, { body: BODY });

    expect(data).toBeDefined();
  });

  it('rejects a response that violates the schemas of the version', async () => {
    const { options } = fixture();
    const responseSchemas = {
      [operation]: { 201: schemaWith() },
      [VERSION]: { [operation]: { 201: schemaWith('Is of another version.') } },
    };

    const call = createClient({ ...options, responseSchemas }).POST(PATH, { body: BODY });

    await expect(call).rejects.toThrow(/Is of another version\./);
  });

  it.each([
    { [VERSION]: { [operation]: { 201: {} } } },
    { [VERSION]: { [operation]: 1 } },
    { [VERSION]: 'text' },
    { 201: schemaWith() },
  ])('must be schemas: %j', (responseSchemas) => {
    const { options } = fixture();

    expect(() => Reflect.apply(createClient, undefined, [{ ...options, responseSchemas }])).toThrow(
      /^The `responseSchemas` option must be Standard Schemas by success status, for .*\bcreateCustomerOrganization\b/,
    );
  });
});
