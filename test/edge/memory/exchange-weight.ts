// Sends requests through the edge, and prints as JSON how many of their bytes remain after a collection of young
// garbage. It needs `node --expose-gc`. Objects that V8 has promoted stay until the whole heap is collected, which may
// be much later.
import { Socket } from 'node:net';
import { pino } from 'pino';
import { createApp } from '../../../server/edge/app.ts';
import { organizationWith } from '../../support/contract/organization.ts';
import { DEMO, PATH } from '../../support/http/http.ts';
import { completeHandlers } from '../../support/targets.ts';

// An import of node:http would yield other classes than those that Express extends.
const { IncomingMessage, ServerResponse } = process.getBuiltinModule('node:http');

const REQUESTS = 2000;
const BYTES = 10_000;

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const ORGANIZATION = organizationWith({ id: OWNER, members: [] });
/** A socket without input and output. */
const SOCKET = new Socket();

let handled = 0;
const app = await createApp(
  completeHandlers({
    createCustomerOrganization: async () => {
      handled++;
      return { status: 201, body: ORGANIZATION };
    },
  }),
  { authenticate: ({ clientId }) => ({ account: 'account', clientId }), log: pino({ level: 'silent' }) },
);

async function exchange(): Promise<void> {
  for (let index = 0; index < REQUESTS; index++) {
    const headers = { authorization: DEMO, 'content-type': 'application/json', weight: 'x'.repeat(BYTES) };
    const request = Object.assign(new IncomingMessage(SOCKET), { method: 'POST', url: PATH, headers });
    app(request, new ServerResponse(request));
    request.push(JSON.stringify({ ownerId: OWNER, memberIds: [] }));
    request.push(null);
    await new Promise(setImmediate);
  }
  await new Promise(setImmediate);
}

function weigh(): number {
  // Objects that survive two collections are promoted.
  for (let count = 0; count < 3; count++) globalThis.gc?.({ type: 'minor' });
  return process.memoryUsage().heapUsed;
}

await exchange();
const before = weigh();
await exchange();
if (handled !== 2 * REQUESTS) throw new Error(`The handler was called ${handled} times for ${2 * REQUESTS} requests.`);
console.log(JSON.stringify({ requests: REQUESTS, bytes: BYTES, kept: weigh() - before }));
