// Sends requests through the guard's short way and prints as JSON how many bytes of them are left when V8 has collected what is garbage while it is young.
// `node --expose-gc`. What is old stays until the whole heap is collected, which may take long to come.
import { Socket } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import { contract } from '../../generated/contract.ts';
import { createGuards } from '../../server/edge/guard.ts';
import { PATH } from '../support/http.ts';
import { entry } from '../support/operation.ts';

// An import of node:http would be another module than the one whose classes Express extends.
const { IncomingMessage, ServerResponse } = process.getBuiltinModule('node:http');

const REQUESTS = 2000;
const BYTES = 10_000;

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const ANSWER = { id: OWNER, owner: { id: OWNER, name: 'Owner' }, members: [] };
/** Nothing goes through it. */
const SOCKET = new Socket();

const guard = (await createGuards(contract, { validateContract: false }))(entry);
let sent = 0;
const app = express();
app.response.json = function () {
  sent++;
  return this;
};
app.use(async (request: Request, response: Response, next: NextFunction) => {
  request.body = { ownerId: OWNER, memberIds: [] };
  await guard(request, response, next);
  response.status(201).type('json').json(ANSWER);
});

async function exchange(): Promise<void> {
  for (let index = 0; index < REQUESTS; index++) {
    const headers = { 'content-type': 'application/json', weight: 'x'.repeat(BYTES) };
    const request: object = Object.assign(new IncomingMessage(SOCKET), { method: 'POST', url: PATH, headers });
    app(request as Request, new ServerResponse(request as Request) as Response); // Express gives both their missing methods.
    await null;
  }
}

function weigh(): number {
  // What survives two of them is old.
  for (let count = 0; count < 3; count++) globalThis.gc?.({ type: 'minor' });
  return process.memoryUsage().heapUsed;
}

await exchange();
const before = weigh();
await exchange();
if (sent !== 2 * REQUESTS) throw new Error(`The guard let ${sent} of ${2 * REQUESTS} through.`);
console.log(JSON.stringify({ requests: REQUESTS, bytes: BYTES, kept: weigh() - before }));
