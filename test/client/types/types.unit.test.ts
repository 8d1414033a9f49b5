// The types of the client. `npm run types` fails when an expression under `@ts-expect-error` compiles.
import type { Client as FetchClient } from 'openapi-fetch';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { ApiError, unwrap } from '../../../openapi/client/index.ts';
import {
  createClient,
  TESTED_VERSION,
  type TestedOrganization,
  type TestedPaths,
  testedOrganizationWith,
} from '../../support/contract/tested-version.ts';

const PATH = '/customer-organizations';
const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };
const ORGANIZATION = {
  id: '0190ff7e-3b1c-7d52-9c0e-4a6f8b2d1e35',
  owner: { id: BODY.ownerId, name: 'A' },
  members: [],
};

const access = { baseUrl: 'https://api.test/api', credentials: { clientId: 'key', clientSecret: 'secret' } };
const clientReturning = (status: number, body: unknown) =>
  createClient({ ...access, fetch: async () => Response.json(body, { status }) });

describe('the types of a call', () => {
  it('reject calls that the contract does not declare', () => {
    const client = createClient(access);
    // This is never called, so nothing is sent.
    const invalid = [
      // @ts-expect-error the path is misspelled
      () => client.POST('/customer-organisations', { body: BODY }),
      // @ts-expect-error there is no such operation
      () => client.GET(PATH),
      // @ts-expect-error the body is missing
      () => client.POST(PATH),
      // @ts-expect-error the body is missing
      () => client.POST(PATH, {}),
      // @ts-expect-error a required property is missing
      () => client.POST(PATH, { body: { ownerId: BODY.ownerId } }),
      // @ts-expect-error a property has the wrong type
      () => client.POST(PATH, { body: { ownerId: 1, memberIds: [] } }),
      // @ts-expect-error there is no such version
      () => client.POST(PATH, { body: BODY, params: { header: { 'Sequence-Version': '2023-01-01' } } }),
      // @ts-expect-error there is no such version
      () => createClient({ ...access, version: '2023-01-01' }),
      // @ts-expect-error the secret is missing
      () => createClient({ baseUrl: '/api', credentials: { clientId: 'key' } }),
      // @ts-expect-error an option is misspelled
      () => createClient({ ...access, retrys: 1 }),
    ];

    expect(invalid).toHaveLength(10);
  });

  it('accept calls that the contract declares', () => {
    const client = createClient({ ...access, version: TESTED_VERSION, retries: 0 });
    const valid = () =>
      client.POST(PATH, {
        body: BODY,
        params: { header: { 'Sequence-Version': TESTED_VERSION, 'Idempotency-Key': 'mine' } },
        headers: { traceparent: '00-1' },
        signal: AbortSignal.timeout(5_000),
        cache: 'no-store',
      });

    expectTypeOf(valid).toBeFunction();
  });

  it('accept parameters that are undefined, and leave them out', async () => {
    const header: { 'Idempotency-Key': string | undefined; 'Sequence-Version': undefined } = {
      'Idempotency-Key': undefined,
      'Sequence-Version': undefined,
    };
    const sent: Request[] = [];
    const send = async (request: Request) => {
      sent.push(request);
      return Response.json(testedOrganizationWith(), { status: 201 });
    };

    await createClient({ ...access, fetch: send }).POST(PATH, { body: BODY, params: { header } });

    expect(sent[0]?.headers.get('Idempotency-Key')).toMatch(/^.{36}$/);
    expect(sent[0]?.headers.get('Sequence-Version')).toBe(TESTED_VERSION);
  });

  it('are those of a client of openapi-fetch', () => {
    const client: FetchClient<TestedPaths> = createClient(access);

    expect(client.use).toBeTypeOf('function');
  });
});

describe('the types of a result', () => {
  it('are narrowed by the absence of an error', async () => {
    const { data, error, idempotencyKey } = await clientReturning(201, ORGANIZATION).POST(PATH, { body: BODY });

    if (error) throw new Error(error.error.message);
    expectTypeOf(data).toEqualTypeOf<TestedOrganization>();
    expectTypeOf(idempotencyKey).toEqualTypeOf<string | undefined>();
    expect(data.owner.name).toBe('A');
  });

  it('are those of the data for `unwrap`', async () => {
    const data = unwrap(await clientReturning(201, ORGANIZATION).POST(PATH, { body: BODY }));

    expectTypeOf(data).toEqualTypeOf<TestedOrganization>();
    expect(data).toEqual(ORGANIZATION);
  });

  it('have no data before the error is excluded', async () => {
    const result = await clientReturning(201, ORGANIZATION).POST(PATH, { body: BODY });

    // @ts-expect-error not every result has data
    expect(result.data.id).toBe(ORGANIZATION.id);
  });

  it('are narrowed by the error type, exhaustively', async () => {
    const error = {
      type: 'UnknownCustomers',
      message: 'No.',
      details: [{ in: 'body', pointer: '/ownerId', message: 'No.' }],
    };
    const result = await clientReturning(400, { error }).POST(PATH, { body: BODY });

    expect(result.error && adviceFor(result.error)).toBe('/ownerId');
    expect(() => unwrap(result)).toThrow(ApiError);
  });
});

type AnyError = NonNullable<Awaited<ReturnType<typeof send>>['error']>;
const send = () => createClient(access).POST(PATH, { body: BODY });

/** Compiles only when the cases are exactly the error types that a call can have. */
function adviceFor({ error }: AnyError): string | undefined {
  switch (error.type) {
    case 'UnknownCustomers':
    case 'InvalidRequest':
      return error.details?.map(({ pointer }) => pointer).join();
    case 'RateLimited':
      // @ts-expect-error only a bad request has details
      return error.details;
    case 'MalformedJson':
    case 'UnrecognisedApiVersion':
    case 'Unauthorized':
    case 'IdempotencyKeyReused':
    case 'PayloadTooLarge':
    case 'UnsupportedMediaType':
    case 'InternalError':
    case 'Unavailable':
    case 'NotFound':
    case 'MethodNotAllowed':
      return error.message;
    default:
      return error satisfies never;
  }
}
