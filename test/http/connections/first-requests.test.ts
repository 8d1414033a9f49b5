// New connections of one client do not keep the new connection of another waiting.
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { addAccount, shareServer } from '../../support/fixtures.ts';
import { createText, readResponses, sendBytes } from '../../support/http/raw-http.ts';
import { openConnection } from '../../support/http/sockets.ts';

const OWNER = { id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'FinTech Solutions Inc.' };
const BODY = JSON.stringify({ ownerId: OWNER.id, memberIds: [] });

const server = shareServer();

/** Returns a create of a new client whose credentials have been used before. */
async function createKnownClient(): Promise<string> {
  const { url, store } = server();
  const { authorization } = await addAccount(store, [OWNER]);
  const text = createText(BODY, { Authorization: authorization });
  const [response] = readResponses(await sendBytes(url, text), ['POST']);
  expect(response?.status).toBe(201);
  return text;
}

it('responds to a client before most of 400 requests of another that arrive together', async () => {
  const { url } = server();
  const [busy, other] = [await createKnownClient(), await createKnownClient()];
  const requests = [...Array(200).fill(busy), other, ...Array(200).fill(busy)];
  const connections = await Promise.all(requests.map(() => openConnection(url)));
  const order: string[] = [];

  for (const [index, { socket }] of connections.entries()) {
    const text = requests[index];
    void once(socket, 'data').then(() => order.push(text));
    socket.write(text);
  }
  const texts = await Promise.all(connections.map(({ closed }) => closed));

  const statuses = texts.flatMap((text) => readResponses(text, ['POST'])).map(({ status }) => status);
  expect(statuses).toEqual(Array(401).fill(201));
  expect(order.indexOf(other)).toBeLessThan(150);
});
