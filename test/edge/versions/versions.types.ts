// Conversions that must not compile. `npm run types` fails when an expected error is missing.
import type { RequestOf, ResponseOf } from '../../../openapi/model/handler-types.ts';
import type { Conversions } from '../../../server/versions/conversion-types.ts';
import type { NeighboursOf, VersionChange, VersionChanges } from '../../../server/versions/version-change.ts';

interface Operation<Body, Created, ErrorType extends string> {
  parameters: { header?: { 'Sequence-Version'?: string; 'Idempotency-Key'?: string } };
  requestBody: { content: { 'application/json': Body } };
  responses: {
    201: { headers: { 'Sequence-Version': string }; content: { 'application/json': Created } };
    400: { headers: { 'Sequence-Version': string }; content: { 'application/json': { error: { type: ErrorType } } } };
  };
}

interface Handlers<Create extends Operation<unknown, unknown, string>> {
  create(request: RequestOf<Create>, context: unknown): Promise<ResponseOf<Create['responses'], 'Sequence-Version'>>;
  keep(request: RequestOf<Same>, context: unknown): Promise<ResponseOf<Same['responses'], 'Sequence-Version'>>;
}

type Same = Operation<{ name: string }, { id: string }, 'InvalidRequest'>;
export type First = Handlers<
  Operation<{ ownerId: string; memberIds: string[] }, { id: string; owner: string }, 'InvalidRequest'>
>;
export type Second = Handlers<
  Operation<
    { ownerId: string; customerIds: string[]; currency: 'EUR' | 'USD' },
    { id: string; parent: string },
    'InvalidRequest'
  >
> & { list(request: RequestOf<Same>): Promise<{ status: 200; body: string[] }> };
/** The second version with another error type, and an optional property in requests and responses. */
export type Third = Handlers<
  Operation<
    { ownerId: string; customerIds: string[]; currency: 'EUR' | 'USD'; note?: string },
    { id: string; parent: string; note?: string },
    'InvalidRequest' | 'TooMany'
  >
>;

export const complete: Conversions<First, Second> = {
  create: {
    upgradeRequest: ({ body: { memberIds, ...body }, ...request }) => ({
      ...request,
      body: { ...body, customerIds: memberIds, currency: 'EUR' },
    }),
    downgradeResponse: {
      201: ({ status, body: { parent, ...body } }) => ({ status, body: { ...body, owner: parent } }),
    },
    pointers: { body: { '/customerIds': '/memberIds', '/currency': '' } },
  },
};

const { create } = complete;

// @ts-expect-error no conversions for an operation that differs
export const forgotten: Conversions<First, Second> = {};

// @ts-expect-error no conversion of requests
export const noUpgrade: Conversions<First, Second> = { create: { downgradeResponse: create.downgradeResponse } };

// @ts-expect-error no conversion of responses
export const noDowngrade: Conversions<First, Second> = { create: { upgradeRequest: create.upgradeRequest } };

// @ts-expect-error no conversion of the response that differs
export const noStatus: Conversions<First, Second> = { create: { ...create, downgradeResponse: {} } };

export const noCurrency: Conversions<First, Second> = {
  create: {
    ...create,
    upgradeRequest: ({ body: { memberIds, ...body }, ...request }) => ({
      ...request,
      // @ts-expect-error the required field that is new
      body: { ...body, customerIds: memberIds },
    }),
  },
};

export const noOwner: Conversions<First, Second> = {
  create: {
    ...create,
    downgradeResponse: {
      // @ts-expect-error a property of the older response is missing
      201: ({ status, body: { id } }) => ({ status, body: { id } }),
    },
  },
};

// @ts-expect-error an operation that neither version has
export const unknown: Conversions<First, Second> = { ...complete, creat: {} };

export const same: Conversions<First, First> = {};

// @ts-expect-error the responses may have more, and requests too
export const more: Conversions<Second, Third> = {};

export const moreErrors: Conversions<Second, Third> = {
  create: {
    upgradeRequest: (request) => request,
    downgradeResponse: {
      201: ({ status, body: { note: _, ...body } }) => ({ status, body }),
      // @ts-expect-error the older version does not have each error type
      400: (response) => response,
    },
  },
};

type List = [['2024-07-30', First], ['2025-06-01', Second], ['2026-01-02', Third]];
const second: VersionChange<'2025-06-01'> = { version: '2025-06-01', operations: {} };
const third: VersionChange<'2026-01-02'> = { version: '2026-01-02', operations: {} };

export const none: VersionChanges<[['2024-07-30', First]]> = [];
export const all: VersionChanges<List> = [second, third];
// @ts-expect-error a version without its module
export const missing: VersionChanges<List> = [second];
// @ts-expect-error in the wrong order
export const misplaced: VersionChanges<List> = [third, second];

export const neighbours: NeighboursOf<'2026-01-02', List> = [neverUsed<Second>(), neverUsed<Third>()];
// @ts-expect-error the first version has none before it
export const first: NeighboursOf<'2024-07-30', List> = [neverUsed<First>(), neverUsed<First>()];

declare function neverUsed<T>(): T;
