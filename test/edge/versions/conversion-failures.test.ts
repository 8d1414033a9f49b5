// Conversions between versions that fail: the client gets 500, and the log names the conversion.
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AnyConversion, VersionChange } from '../../../server/versions/version-change.ts';
import { FIRST, THIRD, toThird } from '../../support/contract/three-versions.ts';
import { BODIES, errorIn, startVersions } from './three-version-edge.ts';

describe('a conversion that fails', () => {
  const { createCustomerOrganization: complete } = toThird.operations;
  const withConversion = (conversion: AnyConversion): VersionChange => ({
    version: THIRD,
    operations: { createCustomerOrganization: { ...complete, ...conversion } },
  });
  const fail = () => {
    throw new Error('broken');
  };

  /** Results that JavaScript and casts allow. An unhandled rejection would end the process. */
  const WRONG_RESULTS: [name: string, result: () => never, ofRequest: string, ofResponse?: string][] = [
    ['a promise that rejects', () => Promise.reject(new Error('later')) as never, 'a promise'],
    ['a promise', () => Promise.resolve({ status: 201, body: {} }) as never, 'a promise'],
    ['undefined', () => undefined as never, 'undefined'],
    ['null', () => null as never, 'null'],
    ['a text', () => 'private' as never, 'a string'],
    ['an array', () => ['private'] as never, 'an array'],
    [
      'an empty object',
      () => ({}) as never,
      'a request whose `path` is undefined',
      'a response whose `status` is undefined',
    ],
    [
      'wrong parts',
      () => ({ path: {}, query: [], headers: 5, status: '201', body: 'private' }) as never,
      'a request whose `query` is an array',
      'a response whose `status` is a string',
    ],
  ];

  const cycle: Record<string, unknown> = {};
  cycle.again = [cycle];
  const UNWRITABLE: [name: string, part: object, reason: string][] = [
    ['a `toJSON` function', { toJSON: () => ({ id: 'another' }) }, 'a `toJSON` function'],
    ['one further down', { members: [{ toJSON: () => 'another' }] }, 'a `toJSON` function'],
    ['a bigint', { members: [1n] }, 'a bigint'],
    ['a cycle', { members: cycle }, 'a cycle'],
  ];

  it.each<[string, AnyConversion, string]>([
    [
      'an upgrade throws',
      { upgradeRequest: fail },
      '2026-01-02.ts: upgradeRequest of createCustomerOrganization failed: broken',
    ],
    [
      'an upgraded request is invalid',
      { upgradeRequest: (request) => ({ ...request, body: {} }) },
      '2025-06-01.ts, 2026-01-02.ts: createCustomerOrganization gets an upgraded request that is invalid: ',
    ],
    [
      'an upgraded request has no body',
      { upgradeRequest: ({ body: _, ...request }) => request },
      '2025-06-01.ts, 2026-01-02.ts: createCustomerOrganization gets an upgraded request that is invalid: ',
    ],
    [
      'a downgrade throws',
      { downgradeResponse: { 201: fail } },
      '2026-01-02.ts: downgradeResponse of createCustomerOrganization failed for 201: broken',
    ],
    [
      'a downgraded response is invalid',
      { downgradeResponse: { 201: (response) => ({ ...response, body: { parent: null } }) } },
      '2025-06-01.ts, 2026-01-02.ts: the response is not one of 2024-07-30: ',
    ],
    [
      'a downgraded response has a status that the version lacks',
      { downgradeResponse: { 201: (response) => ({ ...response, status: 299 }) } },
      '2025-06-01.ts, 2026-01-02.ts: the response is not one of 2024-07-30: ',
    ],
    ...UNWRITABLE.map(([name, part, reason]): [string, AnyConversion, string] => [
      `a downgraded response has ${name}`,
      { downgradeResponse: { 201: ({ body, ...response }) => ({ ...response, body: Object.assign({}, body, part) }) } },
      `2026-01-02.ts: downgradeResponse of createCustomerOrganization failed for 201: ` +
        `it returned a response whose \`body\` has ${reason}`,
    ]),
    ...WRONG_RESULTS.flatMap(([name, result, ofRequest, ofResponse = ofRequest]): [string, AnyConversion, string][] => [
      [
        `an upgrade returns ${name}`,
        { upgradeRequest: result },
        `2026-01-02.ts: upgradeRequest of createCustomerOrganization failed: it returned ${ofRequest}`,
      ],
      [
        `a downgrade returns ${name}`,
        { downgradeResponse: { 201: result } },
        `2026-01-02.ts: downgradeResponse of createCustomerOrganization failed for 201: it returned ${ofResponse}`,
      ],
    ]),
  ])('is a 500 that is logged with its name, never sent: %s', async (_, conversion, message) => {
    const { ask, lines, close } = await startVersions({ last: withConversion(conversion) });
    onTestFinished(close);

    const [older, newest] = [await ask(FIRST, { body: BODIES[FIRST] }), await ask(THIRD, { body: BODIES[THIRD] })];

    expect([older.status, errorIn(older).type, older.headers['sequence-version']]).toEqual([
      500,
      'InternalError',
      FIRST,
    ]);
    expect(lines.map(({ err }) => err?.message)).toEqual([expect.stringContaining(message)]);
    expect(newest.status).toBe(201);
  });
});
