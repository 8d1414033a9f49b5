// The end of the server while clients have not read their responses.
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { expect, it, vi } from 'vitest';
import { organizationWith } from '../support/contract/organization.ts';
import { closing } from '../support/http/raw-http.ts';
import { openConnection, requestText, statusesIn } from '../support/http/sockets.ts';
import { startEdge } from '../support/targets.ts';

const OWNER = { id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'Owner' };
const REQUEST = requestText({ ownerId: OWNER.id, memberIds: [] });

/** Whether nobody listens at the URL any more. */
function isRefused(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((settle) => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on('connect', () => settle(false)).on('error', () => settle(true));
    socket.on('connect', () => socket.destroy());
  });
}

it('waits for the responses that a client has pipelined and reads only then', async () => {
  // Larger than what the system holds for a connection.
  const members = Array.from({ length: 10_000 }, () => ({ id: randomUUID(), name: 'x'.repeat(255) }));
  const large = { status: 201, body: organizationWith({ owner: OWNER, members }) } as const;
  const handle = vi.fn(async () => large);
  const target = await closing(startEdge({ createCustomerOrganization: handle }));
  const { socket, closed } = await openConnection(target.url);

  socket.pause();
  socket.write(REQUEST.repeat(3));
  await vi.waitFor(() => expect(handle).toHaveBeenCalledTimes(3));
  const end = target.close(30_000);
  await expect.poll(() => isRefused(target.url), { timeout: 10_000 }).toBe(true);
  socket.resume();

  expect(statusesIn(await closed)).toEqual([201, 201, 201]);
  await end;
});
