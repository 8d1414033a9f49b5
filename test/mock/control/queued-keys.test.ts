// Idempotency keys of requests that get a queued response, in both mocks.
import { describe, expect, it } from 'vitest';
import { examples } from '../../../generated/examples.ts';
import { createBrowserMock } from '../../../mock/browser/index.ts';
import { REPLAYED_HEADER } from '../../../mock/core/idempotency.ts';
import type { MockControls } from '../../../mock/core/mock-controls.ts';
import { MockState } from '../../../mock/core/mock-state.ts';
import { create as createInBrowser } from '../browser/create-request.ts';
import { create, mock, shareMock, typeOf, useShared, VALID } from './controlled-mock.ts';

shareMock();

const OTHER = { ...VALID, memberIds: [] };
const QUEUED = examples.createCustomerOrganization.responses[201].oneMember.body;

interface Received {
  status: number;
  body: unknown;
  replayed: unknown;
}

interface Sender {
  controls: MockControls;
  send(key?: string, body?: object): Promise<Received>;
}

function startNode(): Sender {
  useShared();
  return {
    controls: mock,
    async send(key, body = VALID) {
      const response = await create({ body, headers: key === undefined ? {} : { 'idempotency-key': key } });
      return { status: response.status, body: response.body, replayed: response.headers['idempotency-replayed'] };
    },
  };
}

function startBrowser(): Sender {
  const controls = createBrowserMock();
  return {
    controls,
    async send(key, body = VALID) {
      const headers = key === undefined ? {} : { 'idempotency-key': key };
      const response = await createInBrowser(controls, { body, headers });
      const replayed = response.headers.get(REPLAYED_HEADER) ?? undefined;
      return { status: response.status, body: await response.json(), replayed };
    },
  };
}

const first = { status: 201, body: QUEUED, replayed: undefined };
const again = { ...first, replayed: 'true' };

describe.each([
  ['the mock server', startNode],
  ['the browser mock', startBrowser],
])('a success that was queued in %s', (_, start) => {
  it('uses its key: the same request replays it, and another is 409', async () => {
    const { controls, send } = start();
    controls.next('oneMember');

    expect(await send('k')).toEqual(first);
    expect(await send('k')).toEqual(again);
    expect(await send('k')).toEqual(again);
    const reused = await send('k', OTHER);
    expect([reused.status, typeOf({ ...reused, headers: {}, text: '' })]).toEqual([409, 'IdempotencyKeyReused']);
    expect((await send('other')).body).not.toEqual(QUEUED);
  });

  it('stays in the queue for a request that replays a key, or gets 409', async () => {
    const { controls, send } = start();
    const created = await send('k');
    controls.next('oneMember', { delayMs: 1 });

    expect(await send('k')).toEqual({ ...created, replayed: 'true' });
    expect((await send('k', OTHER)).status).toBe(409);
    expect(await send('other')).toEqual(first);
    expect((await send()).body).not.toEqual(QUEUED);
  });

  it('is used by each of two creates, and not by the repetition between them', async () => {
    const { controls, send } = start();
    controls.next('oneMember', { times: 2 });

    expect([await send('one'), await send('one'), await send('two')]).toEqual([first, again, first]);
    expect((await send('three')).body).not.toEqual(QUEUED);
  });

  it('is given to each request without a key', async () => {
    const { controls, send } = start();
    controls.next('oneMember', { times: 2 });

    expect([await send(), await send()]).toEqual([first, first]);
  });

  it('is forgotten with its key by `reset`', async () => {
    const { controls, send } = start();
    controls.next('oneMember');
    await send('k');
    controls.reset();

    expect(await send('k', OTHER)).toMatchObject({ status: 201, replayed: undefined });
  });

  it.each(['RateLimited', 'Unavailable', 'InternalError', 'IdempotencyKeyReused', 'UnknownCustomers'] as const)(
    'differs from a queued %s, which uses no key, and is also returned for a used one',
    async (error) => {
      const { controls, send } = start();
      controls.next(error);

      expect((await send('k')).status).toBeGreaterThanOrEqual(400);
      const created = await send('k', OTHER);
      expect(created).toMatchObject({ status: 201, replayed: undefined });
      controls.next(error);
      expect((await send('k', OTHER)).status).toBeGreaterThanOrEqual(400);
      expect(await send('k', OTHER)).toEqual({ ...created, replayed: 'true' });
    },
  );
});

describe('a success that was queued, of one version', () => {
  const [OLDER, NEWER] = ['2024-07-30', '2025-06-01'];
  const REQUEST = { headers: { 'Idempotency-Key': 'k' }, body: VALID };
  const NONE = { in: 'header', values: new Map() } as const;
  const react = (state: MockState, version: string) =>
    state.react('createCustomerOrganization', REQUEST, { account: 'a', version }, NONE).response;

  it('is not replayed in the shapes of an older version to a request of the newest', () => {
    const state = new MockState(examples, {}, { [OLDER]: examples });
    state.next('oneMember');

    expect(react(state, OLDER)).toMatchObject({ version: OLDER, body: QUEUED });
    expect(react(state, OLDER)).toMatchObject({ version: OLDER, headers: { [REPLAYED_HEADER]: 'true' } });
    const newest = react(state, NEWER);
    expect(newest).not.toHaveProperty('version');
    expect(newest).toMatchObject({ headers: { [REPLAYED_HEADER]: 'true' }, body: { id: QUEUED.id } });
  });

  it('is replayed to a request of an older version in converted form', () => {
    const state = new MockState(examples, {}, { [OLDER]: examples });
    state.next('oneMember');

    const created = react(state, NEWER);
    expect(react(state, OLDER)).toEqual({ ...created, headers: { [REPLAYED_HEADER]: 'true' } });
  });
});
