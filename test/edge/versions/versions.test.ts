// Several versions: each request gets validation and responses of its version, from handlers of the newest.
import { afterAll, describe, expect, it } from 'vitest';
import type { AppOptions } from '../../../server/edge/options.ts';
import { testedOrganizationWith } from '../../support/contract/tested-version.ts';
import { FIRST, FULL, MISNAMED, OLDER, SECOND, THIRD, THROWS, UNKNOWN } from '../../support/contract/three-versions.ts';
import { PATH, type TestRequest } from '../../support/http/http.ts';
import { BODIES, errorIn, MEMBER, OWNER, startVersions } from './three-version-edge.ts';

/** The edges by their options, shared by tests with the same ones, because compiling an edge takes 0.3 s. */
const started = new Map<object, ReturnType<typeof startVersions>>();

afterAll(async () => {
  for (const fixture of started.values()) await (await fixture).close();
});

const NO_OPTIONS = {};

async function start(options: Parameters<typeof startVersions>[0] = NO_OPTIONS) {
  const fixture = started.get(options) ?? startVersions(options);
  started.set(options, fixture);
  const { received, ...rest } = await fixture;
  received.length = 0;
  return { received, ...rest };
}

describe('a request to a version', () => {
  const organization = testedOrganizationWith({ members: [] });
  const { owner: parent, ...others } = organization;
  const withParent = { ...others, parent };

  it.each([
    [FIRST, { parentId: OWNER, customerIds: [MEMBER], currency: 'EUR' }, organization],
    [SECOND, { parentId: OWNER, customerIds: [MEMBER], currency: 'USD' }, withParent],
    [THIRD, BODIES[THIRD], withParent],
  ] as const)('is upgraded step by step, and its response downgraded: %s', async (version, upgraded, expected) => {
    const { ask, received } = await start();

    const response = await ask(version, { headers: { 'idempotency-key': 'k' }, body: BODIES[version] });

    expect(response.status, response.text).toBe(201);
    expect(response.headers['sequence-version']).toBe(version);
    expect(response.body).toEqual(expected);
    expect(received.map(({ body }) => body)).toEqual([upgraded]);
    expect(received[0]?.headers).toMatchObject({ 'Idempotency-Key': 'k' });
  });

  it.each([
    [FIRST, BODIES[THIRD], ['/parentId', '/customerIds', '/currency', '/ownerId', '/memberIds']],
    [SECOND, BODIES[FIRST], ['/memberIds', '/customerIds', '/currency']],
    [THIRD, BODIES[SECOND], ['/ownerId', '/parentId']],
  ])('is validated against that version: %s', async (version, body, pointers) => {
    const { ask, received } = await start();

    const response = await ask(version, { body });

    expect(response.status).toBe(400);
    expect(
      errorIn(response)
        .details?.map(({ pointer }) => pointer)
        .sort(),
    ).toEqual(pointers.sort());
    expect(received).toEqual([]);
  });

  it('is one to the newest when nothing names a version', async () => {
    const { ask } = await start();

    const response = await ask(undefined, { body: BODIES[THIRD] });

    expect([response.status, response.headers['sequence-version']]).toEqual([201, THIRD]);
  });

  it.each([
    [FIRST, { ownerId: OWNER, memberIds: [MEMBER, UNKNOWN] }, '/memberIds/1'],
    [FIRST, { ownerId: UNKNOWN, memberIds: [] }, '/ownerId'],
    [SECOND, { ownerId: UNKNOWN, customerIds: [], currency: 'EUR' }, '/ownerId'],
    [SECOND, { ownerId: OWNER, customerIds: [UNKNOWN], currency: 'EUR' }, '/customerIds/0'],
    [THIRD, { parentId: UNKNOWN, customerIds: [], currency: 'EUR' }, '/parentId'],
  ])('gets the details of its handler at its own places: %s, %j', async (version, body, pointer) => {
    const { ask } = await start();

    const response = await ask(version, { body });

    expect(errorIn(response)).toMatchObject({ type: 'UnknownCustomers', details: [{ in: 'body', pointer }] });
  });

  it.each([
    [FIRST, { ownerId: FULL, memberIds: [] }, 'InvalidRequest'],
    [SECOND, { ownerId: FULL, customerIds: [], currency: 'EUR' }, 'InvalidRequest'],
    [THIRD, { parentId: FULL, customerIds: [], currency: 'EUR' }, 'TooManyCustomers'],
    [FIRST, { ownerId: THROWS, memberIds: [] }, 'IdempotencyKeyReused'],
  ])('gets an error that the version has, returned or thrown: %s, %j', async (version, body, type) => {
    const observed: (string | undefined)[] = [];
    const { ask } = await start({ observe: ({ apiVersion }) => void observed.push(apiVersion) });

    const response = await ask(version, { body });

    expect(errorIn(response).type).toBe(type);
    expect(observed).toEqual([version]);
  });
});

describe('a response that is of the version of the request already', () => {
  it('is sent unchanged', async () => {
    const { ask } = await start();

    const response = await ask(FIRST, { body: { ownerId: OLDER, memberIds: [] } });

    expect([response.status, response.body]).toEqual([201, testedOrganizationWith({ members: [] })]);
  });

  it.each([
    ['is not of the older version that it names', FIRST, { ownerId: MISNAMED, memberIds: [] }, 'is not one of 2024'],
    ['is older than the newest version that it names', THIRD, { parentId: OLDER }, 'breaks the contract'],
  ])('is a 500 that is logged when it %s', async (_, version, body, reason) => {
    const { ask, lines } = await start();
    lines.length = 0;

    const response = await ask(version, { body: version === THIRD ? { ...BODIES[THIRD], ...body } : body });

    expect(errorIn(response).type).toBe('InternalError');
    expect(lines.map(({ err }) => err?.message)).toEqual([expect.stringContaining(reason)]);
  });
});

describe('the version', () => {
  const pins = new Map<string, Partial<AppOptions>>();
  const pinnedTo = (version: string): Partial<AppOptions> => {
    const options = pins.get(version) ?? {
      authenticate: ({ clientId, secret }) =>
        secret === 'secret' ? { account: 'account', clientId, version } : undefined,
    };
    pins.set(version, options);
    return options;
  };

  it('is that of the pin without a header, and that of the header with both', async () => {
    const { ask } = await start(pinnedTo(FIRST));

    const [pinned, named] = [
      await ask(undefined, { body: BODIES[FIRST] }),
      await ask(SECOND, { body: BODIES[SECOND] }),
    ];

    expect([pinned.status, pinned.headers['sequence-version']]).toEqual([201, FIRST]);
    expect([named.status, named.headers['sequence-version']]).toEqual([201, SECOND]);
  });

  it('is UnrecognisedApiVersion when the pin is retired, unless the header names another', async () => {
    const { ask, received } = await start(pinnedTo('2023-01-01'));

    const [pinned, named] = [await ask(undefined, { body: BODIES[THIRD] }), await ask(FIRST, { body: BODIES[FIRST] })];

    expect(errorIn(pinned)).toEqual({
      type: 'UnrecognisedApiVersion',
      message:
        'The credentials are pinned to API version "2023-01-01", which is not served here. ' +
        'Send the Sequence-Version header with 2024-07-30 or 2025-06-01 or 2026-01-02.',
    });
    expect(named.status).toBe(201);
    expect(received).toHaveLength(1);
  });

  it.each([
    ['2023-01-01', '.'],
    [SECOND, ', or send no Sequence-Version header.'],
  ])('is rejected with what to send when the header names a retired one, with a pin to %s', async (pin, advice) => {
    const { ask } = await start(pinnedTo(pin));

    expect(errorIn(await ask('2023-01-01', { body: BODIES[FIRST] }))).toEqual({
      type: 'UnrecognisedApiVersion',
      message: `There is no API version "2023-01-01". Use 2024-07-30 or 2025-06-01 or 2026-01-02${advice}`,
    });
  });

  it.each(['2023-01-01', '2027-01-01', '', `${FIRST}, ${FIRST}`, 'latest'])(
    'is UnrecognisedApiVersion when the header names one that does not exist: %j',
    async (version) => {
      const { ask, received } = await start(pinnedTo(FIRST));

      const response = await ask(version, { body: BODIES[FIRST] });

      expect(errorIn(response).type).toBe('UnrecognisedApiVersion');
      expect(errorIn(response).message).toContain('Use 2024-07-30 or 2025-06-01 or 2026-01-02');
      expect(received).toEqual([]);
    },
  );

  it.each<[string, number, TestRequest]>([
    ['the credentials are wrong', 401, { headers: { authorization: 'Basic a2V5Ondyb25n' } }],
    ['there is no such path', 404, { path: '/api/none' }],
    ['the path does not support the method', 405, { method: 'DELETE' }],
    ['the media type is not supported', 415, { headers: { 'content-type': 'text/plain' }, body: 'x' }],
    ['the body is not JSON', 400, { body: '{' }],
  ])('is that of the header when %s', async (_, status, request) => {
    const { ask } = await start(pinnedTo(THIRD));

    const response = await ask(FIRST, request);

    expect([response.status, response.headers['sequence-version']]).toEqual([status, FIRST]);
  });

  it.each<[string, string, number, string | undefined, TestRequest]>([
    ['the newest', THIRD, 401, undefined, { headers: { authorization: 'Basic a2V5Ondyb25n' }, body: BODIES[FIRST] }],
    ['that of the pin', FIRST, 404, undefined, { path: '/api/none' }],
    ['that of the pin', FIRST, 404, undefined, { method: 'GET', path: '/api/all-customers' }],
    ['that of the pin', FIRST, 405, 'POST', { method: 'DELETE' }],
    ['that of the pin', FIRST, 405, 'POST', { method: 'GET' }],
    ['that of the pin', FIRST, 415, undefined, { headers: { 'content-type': 'text/plain' }, body: 'x' }],
  ])('is %s in an error without a header: %s, %i', async (_, version, status, allow, request) => {
    const { ask } = await start(pinnedTo(FIRST));

    const { headers, ...response } = await ask(undefined, request);

    expect([response.status, headers['sequence-version'], headers.allow]).toEqual([status, version, allow]);
  });

  it('is that of the pin when the client is limited', async () => {
    const { ApiError } = await import('../../../server/edge/errors.ts');
    const limit = () => {
      throw new ApiError('RateLimited', { headers: { 'Retry-After': 1 } });
    };
    const { ask } = await start({ ...pinnedTo(FIRST), limit });

    const response = await ask(undefined, { body: BODIES[FIRST] });

    expect([response.status, response.headers['sequence-version']]).toEqual([429, FIRST]);
  });
});

describe('an operation that a version does not have', () => {
  it.each<[string, string | undefined, number, string, string | undefined]>([
    ['the header names one without it', FIRST, 404, '/api/all-customers', undefined],
    ['the path has another method there', FIRST, 405, PATH, 'POST'],
    ['the version has it', SECOND, 200, '/api/all-customers', undefined],
    ['the version has it at that method', THIRD, 200, PATH, undefined],
  ])('is 404, or 405 with the methods of that version: %s', async (_, version, status, path, allow) => {
    const { ask } = await start();

    const response = await ask(version, { method: 'GET', path });

    expect([response.status, response.headers.allow]).toEqual([status, allow]);
  });

  it('is 404 before the credentials are checked when the header names the version, and after for a pin', async () => {
    const { ask } = await start({
      authenticate: ({ clientId, secret }) =>
        secret === 'secret' ? { account: 'account', clientId, version: FIRST } : undefined,
    });
    const wrong = { authorization: 'Basic a2V5Ondyb25n' };

    const statuses = [
      (await ask(FIRST, { method: 'GET', path: '/api/all-customers', headers: wrong })).status,
      (await ask(undefined, { method: 'GET', path: '/api/all-customers', headers: wrong })).status,
      (await ask(undefined, { method: 'GET', path: '/api/all-customers' })).status,
    ];

    expect(statuses).toEqual([404, 401, 404]);
  });

  it('is named by the Allow header only where the version has it', async () => {
    const { ask } = await start();

    const allowed = [await ask(FIRST, { method: 'PUT' }), await ask(SECOND, { method: 'PUT' })];

    expect(allowed.map(({ headers }) => headers.allow)).toEqual(['POST', 'GET, POST']);
  });
});
