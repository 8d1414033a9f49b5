// The examples of the mock in an older version: those of its own contract, or else those of the newest.
import { describe, expect, it } from 'vitest';
import { examples } from '../../../generated/examples.ts';
import { MockState } from '../../../mock/core/mock-state.ts';
import type { ContractExamples, ResponseExample } from '../../../openapi/model/examples/operation-examples.ts';
import { ApiError } from '../../../server/edge/errors.ts';

const ID = 'listParties';
const [OLDEST, OLDER, NEWEST] = ['2024-07-30', '2025-06-01', '2026-01-02'];

const exampleOf = (text: string): ResponseExample => ({ summary: text, headers: { 'X-Text': text }, body: { text } });
/** Of one operation, for which the mock has no response of its own. */
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

/** What a request of this version gets. */
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
    // Not in its contract.
    [{ example: 'added' }, converted(200, 'newest only')],
    [{ example: 'TooMany' }, converted(400, 'Too many.')],
    [{ code: '202', example: 'shared' }, converted(202, 'newest, later')],
    [{ code: '409' }, converted(409, 'newest')],
    // The newest version, of which bodies are generated, has no such status.
    [{ code: '410', dynamic: 'true' }, own(410, 'Gone.')],
  ])('%j gets the example of that version if it has one, or else that of the newest', (prefer, response) => {
    expect(react(OLDEST, prefer).response).toEqual(response);
  });

  it('generates a body of the newest version, which is converted', () => {
    expect(react(OLDEST, { code: '400', dynamic: 'true' })).toEqual({
      delayMs: 0,
      outcome: 'response',
      preference: { code: 400, dynamic: true },
    });
  });

  it('lists the examples of that version and the newest when it is unknown', () => {
    const message = 'There is no example "none". The codes and examples of this mock are ';
    const list =
      '200 (first, shared, added), 202 (shared), 400 (InvalidRequest, TooMany), 409 (Conflict), 410 (Gone), ';

    expect(() => react(OLDEST, { example: 'none' })).toThrow(`${message}${list}418.`);
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
  it('gets the success of its own version where the mock makes none', () => {
    expect(react(OLDEST).response).toEqual(own(200, 'older only'));
    expect(react(NEWEST).response).toEqual(converted(200, 'newest'));
  });

  it('gets the scenario that a test has queued, in its own version', () => {
    const mock = state();
    mock.next('InvalidRequest', { times: 2 });

    expect(react(OLDEST, {}, mock).response).toEqual(own(400, 'Known here: memberIds.'));
    expect(react(NEWEST, {}, mock).response).toEqual(converted(400, 'Known here: customerIds.'));
  });

  it('leaves a scenario that only an older version has to a request of that', () => {
    const mock = state();
    Reflect.apply(mock.next, mock, ['first']);

    expect(react(NEWEST, {}, mock).response).toEqual(converted(200, 'newest'));
    expect(react(OLDEST, {}, mock).response).toEqual(own(200, 'older only'));
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
    // Its IDs are its own, and it is converted.
    expect(response).not.toHaveProperty('version');
  });
});
