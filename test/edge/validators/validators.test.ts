// The validators of an operation decide like the whole chain of express-openapi-validator, on requests and responses.
import { parse as parseQuery } from 'node:querystring';
import { describe, expect, it } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import type { Contract } from '../../../openapi/model/contract.ts';
import { createValidators } from '../../../server/edge/validators/operation-validators.ts';
import { deriveCases } from '../../conformance/cases/derive-cases.ts';
import { createRequestBuilders } from '../../conformance/cases/request-builder.ts';
import {
  type ChainOutcome,
  type ChainRequest,
  type ChainResponse,
  createChain,
} from '../../support/contract/openapi-validator.ts';
import { operation } from '../../support/contract/operation.ts';
import { organizationWith } from '../../support/contract/organization.ts';
import { PATH } from '../../support/http/http.ts';
import { CORPUS } from '../../support/parity/parity-corpus.ts';
import { findEntry, withSearch } from './search-contract.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';

const ORGANIZATION = organizationWith();

const CREATED = { status: 201, body: ORGANIZATION };

const create = (body: unknown): ChainRequest => ({
  method: 'POST',
  url: PATH,
  headers: { 'content-type': 'application/json' },
  body,
});

/** Validates one exchange with the validators of this project and with the whole chain. */
async function createBoth(changed: Contract, operationId: string) {
  const entry = findEntry(changed, operationId);
  const validators = await createValidators(changed, entry);
  const chain = createChain(changed, `/api${entry.path.replace(/\{(\w+)\}/g, ':$1')}`);
  const path = new RegExp(`^/api${entry.path.replace(/\{(\w+)\}/g, '(?<$1>[^/?]+)')}(?:\\?|$)`);

  const ours = ({ url, headers, body }: ChainRequest, response: ChainResponse): ChainOutcome => {
    const query = { ...parseQuery(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '') };
    const parts = { path: { ...path.exec(url)?.groups }, query, header: { ...headers }, body: structuredClone(body) };
    const rejection = validators.validateRequest(parts);
    if (rejection) return { error: describeError(rejection) };
    try {
      validators.validateResponse(response.status, response.body);
      return { parts };
    } catch (error) {
      return { parts, error: describeError(error) };
    }
  };
  return async (request: ChainRequest, response: ChainResponse = CREATED) => ({
    ours: ours(request, response),
    chain: await chain(request, structuredClone(response)),
  });
}

function describeError(error: unknown) {
  // A type of express-openapi-validator.
  const { status, message, errors } = error as { status: unknown; message: string; errors: unknown };
  return { status, message, errors };
}

/**
 * The place of the first violation. A string may violate several keywords, which the validators test in different
 * orders.
 */
function decisionOf({ parts, error }: ChainOutcome) {
  const { message = '' } = error ?? {};
  return { parts, status: error?.status, location: /^\S*/.exec(message)?.[0] };
}

function parseBody(body: unknown): unknown {
  if (!(typeof body === 'string' || body instanceof Buffer)) return body;
  try {
    return JSON.parse(String(body));
  } catch {
    return undefined;
  }
}

/**
 * Every request that the suites send to this operation, in the form that the edge passes on: with a media type that the
 * contract declares.
 */
function requestsOfTheSuites(): ChainRequest[] {
  const subject = { url: '', clientId: 'key', secret: 'secret', owner: OWNER, members: [] };
  const derived = deriveCases(createRequestBuilders(contract, subject)).map(({ request: { path, headers, body } }) => ({
    url: `/api${path}`,
    headers,
    body: parseBody(body),
  }));
  const corpus = CORPUS.map(({ sent: { path = PATH, headers, body } }) => ({
    url: path,
    // Node joins repeated headers with a comma.
    headers: Object.fromEntries(
      Object.entries({ ...headers }).map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
    body: parseBody(body),
  }));
  return [...derived, ...corpus]
    .filter(({ url }) => /^\/api\/customer-organizations(\?|$)/.test(url))
    .map(({ headers, ...rest }) => ({
      method: 'POST',
      ...rest,
      headers: { ...headers, 'content-type': 'application/json' },
    }));
}

describe('the validators', () => {
  it('decide as the chain does on every request of the suites', async () => {
    const validate = await createBoth(contract, operation.operationId);
    const requests = requestsOfTheSuites();
    const outcomes = [];

    for (const request of requests) outcomes.push(await validate(request));

    for (const { ours, chain } of outcomes) expect(decisionOf(ours)).toEqual(decisionOf(chain));
    expect(requests.length).toBeGreaterThan(150);
    expect(new Set(outcomes.map(({ chain }) => chain.error?.status))).toEqual(new Set([400, undefined]));
  });

  it.each([
    ['as the contract declares it', CREATED],
    ['without members', { status: 201, body: { ...ORGANIZATION, members: undefined } }],
    ['with a wrong ID', { status: 201, body: { ...ORGANIZATION, id: '1' } }],
    ['with an undeclared status', { status: 202, body: {} }],
    ['with the error of another status', { status: 409, body: { error: { type: 'Unauthorized', message: 'No.' } } }],
    ['without a body', { status: 400, body: null }],
  ])('decide as the chain does on a response %s', async (kind, response) => {
    const validate = await createBoth(contract, operation.operationId);

    const { ours, chain } = await validate(create({ ownerId: OWNER, memberIds: [] }), response);

    expect(decisionOf(ours)).toEqual(decisionOf(chain));
    expect(ours.error === undefined).toBe(kind === 'as the contract declares it');
  });

  it('validate the bodies of 5xx responses, which the chain does not', async () => {
    const validate = await createBoth(contract, operation.operationId);

    const { ours, chain } = await validate(create({ ownerId: OWNER, memberIds: [] }), { status: 500, body: {} });

    expect(ours.error?.message).toContain("must have required property 'error'");
    expect(chain.error).toBeUndefined();
  });
});

describe('the validators of an operation with parameters', () => {
  const get = (url: string, headers = {}): ChainRequest => ({
    method: 'GET',
    url: `/api${url}`,
    headers,
    body: undefined,
  });

  it.each([
    ['plain ones', get('/customers/7/organizations')],
    ['one in the path that is no number', get('/customers/x/organizations')],
    ['a header', get('/customers/7/organizations', { 'x-depth': '5' })],
    ['a header that is no number', get('/customers/7/organizations', { 'x-depth': 'deep' })],
    ['a query', get('/customers/7/organizations?limit=5')],
    ['a query out of its range', get('/customers/7/organizations?limit=101')],
    ['an exploded list', get('/customers/7/organizations?tags=ab&tags=cd')],
    ['an exploded list of one', get('/customers/7/organizations?tags=ab')],
    ['an exploded list with a wrong item', get('/customers/7/organizations?tags=ab&tags=c')],
    ['a list separated by commas', get('/customers/7/organizations?ids=1,2,3')],
    ['a list of numbers with a word', get('/customers/7/organizations?ids=1,two')],
    ['an unknown query parameter', get('/customers/7/organizations?page=1')],
    ['an empty value', get('/customers/7/organizations?text=')],
    ['an empty query', get('/customers/7/organizations?')],
  ])('decide as the chain does, and convert to the same values: %s', async (_, request) => {
    const validate = await createBoth(withSearch(), 'search');

    const { ours, chain } = await validate(request, { status: 200, body: undefined });

    expect(ours).toEqual(chain);
  });

  it('accept reserved characters, which form encoding allows and the chain rejects', async () => {
    const validate = await createBoth(withSearch(), 'search');

    const { ours, chain } = await validate(get('/customers/7/organizations?text=a:b'), {
      status: 200,
      body: undefined,
    });

    expect(ours.parts?.query).toMatchObject({ text: 'a:b' });
    expect(chain.error).toMatchObject({ status: 400 });
  });

  it('fill in defaults, with or without a query', async () => {
    const validate = await createBoth(withSearch(), 'search');

    const plain = await validate(get('/customers/7/organizations'), { status: 200, body: undefined });
    const queried = await validate(get('/customers/7/organizations?text=a'), { status: 200, body: undefined });

    expect(plain.ours.parts).toMatchObject({ path: { customerId: 7 }, query: { limit: 10 }, header: { 'x-depth': 3 } });
    expect(queried.ours.parts).toMatchObject({ query: { limit: 10, text: 'a' } });
  });
});

describe('the validators of a body with a discriminator', () => {
  const variant = (kind: string) => ({
    type: 'object',
    required: ['kind'],
    properties: { kind: { type: 'string' }, [kind]: { type: 'string' } },
  });
  const discriminated = structuredClone(contract);
  Object.assign(discriminated.components.schemas, { Cat: variant('meow'), Dog: variant('bark') });
  Object.assign(discriminated.paths['/customer-organizations']?.post ?? {}, {
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            oneOf: ['Cat', 'Dog'].map((name) => ({ $ref: `#/components/schemas/${name}` })),
            discriminator: { propertyName: 'kind' },
          },
        },
      },
    },
  });

  it('reject null, for which the chain has a TypeError', async () => {
    const validate = await createBoth(discriminated, operation.operationId);

    const { ours, chain } = await validate(create(null));

    expect(ours.error).toMatchObject({ status: 400, message: expect.stringContaining('must be object') });
    expect(chain.error?.status).toBeUndefined();
  });

  // The messages differ: each variant fixes the value of its property, which the chain looks up instead.
  it.each([
    [{ kind: 'Cat' }, undefined],
    [{ kind: 'Cat', meow: 1 }, 400],
    [{ kind: 'Cow' }, 400],
    [{}, 400],
  ])('decide as the chain does on %j', async (body, status) => {
    const validate = await createBoth(discriminated, operation.operationId);

    const { ours, chain } = await validate(create(body));

    expect([ours.error?.status, chain.error?.status]).toEqual([status, status]);
    expect(ours.parts).toEqual(chain.parts);
  });
});
