// The responses of the mock in an older version: the examples of its own contract. Those of the newest can be queued.
import { describe, expect, it } from 'vitest';
import { examples } from '../../../generated/examples.ts';
import { MockState } from '../../../mock/core/mock-state.ts';
import type { ContractExamples, ResponseExample } from '../../../openapi/model/examples/operation-examples.ts';
import { ApiError } from '../../../server/edge/errors.ts';

const ID = 'listParties';
const [OLDEST, OLDER, NEWEST] = ['2024-07-30', '2025-06-01', '2026-01-02'];

const exampleOf = (text: string): ResponseExample => ({ summary: text, headers: { 'X-Text': text }, body: { text } });
/** The examples of one operation, for which the mock has no response of its own. */
const examplesOf = (responses: Record<number, Record<string, ResponseExample>>): ContractExamples => ({
  [ID]: { requests: {}, responses },
});

const newest = examplesOf({
  200: { shared: exampleOf('newest'), added: exampleOf('newest only') },
  202: { shared: exampleOf('newest, later') },
  400: { InvalidRequest: exampleOf('Known here: customerIds.'), TooMany: exampleOf('Too many.') },
  409: { Conflict: exampleOf('newest') },
});
const older = examplesOf({
  200: { first: exampleOf('older only'), shared: exampleOf('older') },
  400: { InvalidRequest: exampleOf('Known here: memberIds.') },
  410: { Gone: exampleOf('Gone.') },
  // The contract has no example.
  418: { default: exampleOf('of the schema') },
});

const state = () => new MockState(newest, {}, { [OLDEST]: older });

/** The response to a request of this version. */
function react(version: string, prefer: Record<string, string> = {}, mock = state()) {
  const requested = { in: 'header', values: new Map(Object.entries(prefer)) } as const;
  return mock.react(ID, { body: {}, headers: {} }, { account: 'account', version }, requested);
}

const own = (status: number, text: string) => ({
  status,
  headers: { 'X-Text': text },
  body: { text },
  version: OLDEST,
});
const converted = (status: number, text: string) => ({ ...own(status, text), version: undefined });

describe('a preference of a request to an older version', () => {
  it.each<[Record<string, string>, object]>([
    [{ example: 'InvalidRequest' }, own(400, 'Known here: memberIds.')],
    [{ example: 'shared' }, own(200, 'older')],
    [{ example: 'first' }, own(200, 'older only')],
    [{ code: '200', example: 'shared' }, own(200, 'older')],
    [{ code: '200' }, own(200, 'older only')],
    [{ code: '400' }, own(400, 'Known here: memberIds.')],
    [{ code: '410' }, own(410, 'Gone.')],
    [{ code: '418' }, own(418, 'of the schema')],
    // The newest version, whose bodies are generated, has no such status.
    [{ code: '410', dynamic: 'true' }, own(410, 'Gone.')],
  ])('gets the example of that version: %j', (prefer, response) => {
    expect(react(OLDEST, prefer).response).toEqual(response);
  });

  it('generates a body of the newest version, which is converted', () => {
    expect(react(OLDEST, { code: '400', dynamic: 'true' })).toEqual({
      delayMs: 0,
      outcome: 'response',
      preference: { code: 400, dynamic: true },
    });
  });

  it.each<[Record<string, string>, string]>([
    [{ example: 'none' }, 'There is no example "none".'],
    [{ example: 'added' }, 'There is no example "added".'],
    [{ example: 'TooMany' }, 'There is no example "TooMany".'],
    [{ code: '202', example: 'shared' }, 'There is no response with code "202".'],
    [{ code: '409' }, 'There is no response with code "409".'],
    [{ code: '409', dynamic: 'true' }, 'There is no response with code "409".'],
  ])('is rejected as if there were no newer version: %j', (prefer, reason) => {
    const list = '200 (first, shared), 400 (InvalidRequest), 410 (Gone), 418.';

    expect(() => react(OLDEST, prefer)).toThrow(`${reason} The codes and examples of this mock are ${list}`);
  });
});

describe('a preference of a request to another version', () => {
  it.each([OLDER, NEWEST])('gets the example of the newest: %s', (version) => {
    expect(react(version, { example: 'InvalidRequest' }).response).toEqual(converted(400, 'Known here: customerIds.'));
    expect(react(version, { code: '200' }).response).toEqual(converted(200, 'newest'));
    expect(() => react(version, { example: 'first' })).toThrow(ApiError);
    expect(() => react(version, { code: '410' })).toThrow(ApiError);
  });
});

describe('a request without a preference', () => {
  it('gets the success of its own version where the mock has none', () => {
    expect(react(OLDEST).response).toEqual(own(200, 'older only'));
    expect(react(NEWEST).response).toEqual(converted(200, 'newest'));
  });

  it('gets the scenario that a test has queued, in its own version', () => {
    const mock = state();
    mock.next('InvalidRequest', { times: 2 });

    expect(react(OLDEST, {}, mock).response).toEqual(own(400, 'Known here: memberIds.'));
    expect(react(NEWEST, {}, mock).response).toEqual(converted(400, 'Known here: customerIds.'));
  });

  it('leaves a scenario that only an older version has to a request of that version', () => {
    const mock = state();
    Reflect.apply(mock.next, mock, ['first']);

    expect(react(NEWEST, {}, mock).response).toEqual(converted(200, 'newest'));
    expect(react(OLDEST, {}, mock).response).toEqual(own(200, 'older only'));
  });

  it('gets a queued scenario that only the newest version has, converted', () => {
    const mock = state();
    mock.next('InvalidRequest');
    Reflect.apply(mock.next, mock, ['TooMany']);

    expect(react(OLDEST, {}, mock).response).toEqual(own(400, 'Known here: memberIds.'));
    expect(react(OLDEST, {}, mock).response).toEqual(converted(400, 'Too many.'));
  });

  it('is responded to by the mock itself where it can, in any version', () => {
    const mock = new MockState(examples, {}, { [OLDEST]: examples });
    const request = { body: examples.createCustomerOrganization.requests.noMembersYet.body, headers: {} };
    const requested = { in: 'header', values: new Map() } as const;

    const { response } = mock.react(
      'createCustomerOrganization',
      request,
      { account: 'a', version: OLDEST },
      requested,
    );

    expect(response?.status).toBe(201);
    // The response has its own IDs, and is converted.
    expect(response).not.toHaveProperty('version');
  });
});

describe('the names of customers', () => {
  const [KNOWN, NAMED_LATER, RESERVED_LATER] = [
    '50af5191-05a3-42a5-802a-6b59091157af',
    '0b1e4f0e-63a5-4a8b-9e0d-6f1c2d3e4f5a',
    '33333333-3333-4333-8333-333333333333',
  ];
  const creating = (named: Record<string, string>, unknown: string): ContractExamples => ({
    createCustomerOrganization: {
      requests: {},
      responses: {
        201: {
          one: {
            summary: '',
            headers: {},
            body: Object.entries(named).map(([id, name]) => ({ id, name })),
          },
        },
        400: { UnknownCustomers: exampleOf(unknown) },
      },
    },
  });
  const before = creating({ [KNOWN]: 'First Ltd' }, '');
  const after = creating({ [KNOWN]: 'Second Ltd', [NAMED_LATER]: 'Later Ltd' }, RESERVED_LATER);
  const without = creating({}, '');
  const bodyOf = (mock: MockState, version: string, ownerId: string) => {
    const requested = { in: 'header', values: new Map() } as const;
    const request = { body: { ownerId, memberIds: [] }, headers: {} };
    return mock.react('createCustomerOrganization', request, { account: 'a', version }, requested).response?.body;
  };

  it.each([KNOWN, NAMED_LATER, RESERVED_LATER])('do not depend on newer versions: %s', (id) => {
    const alone = bodyOf(new MockState(before), OLDEST, id);

    expect(bodyOf(new MockState(after, {}, { [OLDEST]: before }), OLDEST, id)).toEqual(alone);
    const third = () => new MockState(without, {}, { [OLDEST]: before, [OLDER]: after });
    expect(bodyOf(third(), OLDEST, id)).toEqual(alone);
    expect(bodyOf(third(), OLDER, id)).toEqual(bodyOf(new MockState(after, {}, { [OLDEST]: before }), NEWEST, id));
  });

  it('are those of the version before where a version has none', () => {
    const mock = new MockState(without, {}, { [OLDEST]: before, [OLDER]: after });

    expect(bodyOf(mock, NEWEST, KNOWN)).toMatchObject({ owner: { name: 'Second Ltd' } });
    expect(bodyOf(mock, NEWEST, NAMED_LATER)).toMatchObject({ owner: { name: 'Later Ltd' } });
  });
});
