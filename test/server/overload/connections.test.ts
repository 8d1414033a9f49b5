// The memory of a connection between two requests, which holds nothing of a completed request.
import type { Request } from 'express';
import { expect, it, onTestFinished, vi } from 'vitest';
import { collectGarbage } from '../../support/collect-garbage.ts';
import { organizationWith, ownerIdOf } from '../../support/contract/organization.ts';
import { openConnection, requestText } from '../../support/http/sockets.ts';
import { startEdge } from '../../support/targets.ts';

const OWNER = { id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'FinTech Solutions Inc.' };

/** An edge that notes each request that reaches its handler, and does not keep it alive. */
async function start() {
  const seen: WeakRef<Request>[] = [];
  const edge = await startEdge(
    {
      createCustomerOrganization: async ({ body }) => ({
        status: 201,
        body: organizationWith({ id: ownerIdOf(body) }),
      }),
    },
    { prepare: (request) => void seen.push(new WeakRef(request)) },
  );
  onTestFinished(() => edge.close());
  const stillThere = () => {
    collectGarbage();
    return seen.map((request) => request.deref() !== undefined);
  };
  return { url: edge.url, stillThere };
}

it('releases a request when its response is sent, not when the next one arrives', async () => {
  const { url, stillThere } = await start();
  const { socket, responses } = await openConnection(url);

  socket.write(requestText({ ownerId: OWNER.id, memberIds: [] }));
  await responses(1);

  await vi.waitFor(() => expect(stillThere()).toEqual([false]));
  expect(socket.closed).toBe(false);
});

it('releases pipelined requests', async () => {
  const { url, stillThere } = await start();
  const { socket, responses } = await openConnection(url);

  socket.write(requestText({ ownerId: OWNER.id, memberIds: [] }).repeat(40));
  await responses(40);

  await vi.waitFor(() => expect(stillThere()).toEqual(Array.from({ length: 40 }, () => false)));
  expect(socket.closed).toBe(false);
});
