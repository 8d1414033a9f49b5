// Requests with large bodies, and handlers that do their work in parts, give way to those with smaller bodies.
import { setImmediate as nextTick, setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import type { Handlers } from '../../generated/operations.ts';
import type { Context } from '../../server/edge/options.ts';
import { memberIdsOf, organizationWith } from '../support/contract/organization.ts';
import { send } from '../support/http/http.ts';
import { startEdge } from '../support/targets.ts';
import { urlOf } from './log/logged-edge.ts';

type Create = Handlers<Context>['createCustomerOrganization'];

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const SMALL = { ownerId: OWNER, memberIds: [] };
const MEDIUM = { ownerId: OWNER, memberIds: Array(1000).fill(OWNER) };
const LARGE = { ownerId: OWNER, memberIds: Array(2000).fill(OWNER) };
const CREATED = { status: 201, body: organizationWith() } as const;

it('goes on only now and then while a small request is open', async () => {
  const begun = Promise.withResolvers<void>();
  let [parts, isSmallOpen, isSmallOver] = [0, false, false];
  const create: Create = async ({ body }, { giveWay }) => {
    if (memberIdsOf(body).length === 0) {
      isSmallOpen = true;
      await sleep(50);
      isSmallOver = true;
      return CREATED;
    }
    begun.resolve();
    while (!isSmallOver) {
      await giveWay();
      if (isSmallOpen && !isSmallOver) parts++;
    }
    return CREATED;
  };
  const url = await urlOf(startEdge({ createCustomerOrganization: create }));

  const large = send(url, { body: LARGE });
  await begun.promise;
  const small = await send(url, { body: SMALL });

  expect([small.status, (await large).status]).toEqual([201, 201]);
  expect(parts).toBeGreaterThan(0);
  // At most one after each 5 ms, where a tick of the event loop takes less than 0.1.
  expect(parts).toBeLessThan(25);
});

it('does not let bodies of 1,000 members wait for larger ones', async () => {
  const ended = Promise.withResolvers<void>();
  let begun = 0;
  const create: Create = async ({ body }) => {
    if (memberIdsOf(body).length > 1000) {
      begun++;
      await ended.promise;
    }
    return CREATED;
  };
  const url = await urlOf(startEdge({ createCustomerOrganization: create }));

  const large = [1, 2, 3].map(() => send(url, { body: LARGE }));
  await vi.waitFor(() => expect(begun).toBe(2));
  const medium = await send(url, { body: MEDIUM });

  expect(medium.status).toBe(201);
  expect(begun).toBe(2);
  ended.resolve();
  expect((await Promise.all(large)).map(({ status }) => status)).toEqual([201, 201, 201]);
});

it('goes on in the next tick for a small request', async () => {
  const ticks: number[] = [];
  const create: Create = async (_, { giveWay }) => {
    let isOver = false;
    const waiting = giveWay().then(() => {
      isOver = true;
    });
    let count = 0;
    for (; !isOver; count++) await nextTick();
    ticks.push(count);
    await waiting;
    return CREATED;
  };
  const url = await urlOf(startEdge({ createCustomerOrganization: create }));

  expect((await send(url, { body: SMALL })).status).toBe(201);
  expect(ticks).toEqual([1]);
});
