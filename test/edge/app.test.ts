// createApp: its requirements for the contract and the handlers.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { contract } from '../../generated/contract.ts';
import { type Handlers, routes } from '../../generated/operations.ts';
import type { Contract } from '../../openapi/model/contract.ts';
import { createApp } from '../../server/edge/app.ts';
import { organizationWith } from '../support/contract/organization.ts';
import { DEMO, exchange, send } from '../support/http/http.ts';
import { errorIn, readResponses, sendBytes } from '../support/http/raw-http.ts';
import { collectLog } from '../support/log-lines.ts';
import { ROOT, runNode } from '../support/project-copy.ts';
import { completeHandlers, startEdge } from '../support/targets.ts';

const copyContract = () => structuredClone(contract);

const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

const ORGANIZATION = organizationWith();

const handlers = completeHandlers({ createCustomerOrganization: async () => ({ status: 201, body: ORGANIZATION }) });

const options = { authenticate: () => ({ account: 'account', clientId: 'key' }), log: collectLog().log };

/** Two requests to an app without the option `log`: one that succeeds, and one whose handler fails. */
const WITHOUT_A_LOG = `
import { createApp } from './server/edge/app.ts';
import { completeHandlers } from './test/support/targets.ts';
const body = ${JSON.stringify(ORGANIZATION)};
const responses = [() => ({ status: 201, body }), () => { throw new Error('the disk is on fire'); }];
const handlers = completeHandlers({ createCustomerOrganization: async () => responses.shift()() });
const app = await createApp(handlers, { authenticate: () => ({ account: 'account', clientId: 'key' }) });
const server = app.listen(0, '127.0.0.1', async () => {
  const url = 'http://127.0.0.1:' + server.address().port + '/api/customer-organizations';
  const headers = { Authorization: 'Basic a2V5OnNlY3JldA==', 'Content-Type': 'application/json' };
  for (const _ of [...responses]) await fetch(url, { method: 'POST', headers, body: '${JSON.stringify(BODY)}' });
  server.close();
});
`;

describe('createApp', () => {
  it('keeps the locals of a response when it is mounted in another app', async () => {
    const noted = Promise.withResolvers<unknown>();
    const outer = express()
      .disable('x-powered-by')
      .use((_, response, next) => {
        response.locals.trace = 'abc';
        response.on('close', () => noted.resolve(response.locals.trace));
        next();
      })
      .use(await createApp(handlers, options));
    const server = outer.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo; // It listens on a port, not on a pipe.

    const { status } = await send(`http://127.0.0.1:${port}`, { body: BODY });

    expect([status, await noted.promise]).toEqual([201, 'abc']);
  });

  it.each([
    'foo://bar',
    'foo://user:secret@bar/x',
    'http://[',
    'ws://a/api/customer-organizations',
    '//',
    'http://a/b',
    '*',
  ])('returns 404 in the form of the contract for the target %s, on a server of the caller', async (target) => {
    const { log, lines } = collectLog();
    const server = (await createApp(handlers, { ...options, log })).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo; // It listens on a port, not on a pipe.

    const text = await sendBytes(
      `http://127.0.0.1:${port}`,
      `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );

    const [response] = readResponses(text, ['GET']);
    expect(response).toMatchObject({ status: 404, headers: { 'content-type': 'application/json; charset=utf-8' } });
    expect(response && errorIn(response).type).toBe('NotFound');
    await vi.waitFor(() => expect(lines).toHaveLength(1));
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it('logs only errors, to standard output, when it has no option `log`', async () => {
    const ran = await runNode(['--input-type=module-typescript', '--eval', WITHOUT_A_LOG], { cwd: ROOT });

    const lines = ran.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      expect.objectContaining({ level: 'error', err: expect.objectContaining({ message: 'the disk is on fire' }) }),
    ]);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    ['is not OpenAPI', (broken: Contract) => Object.assign(broken, { info: {} }), /invalid/],
    [
      'has an invalid schema',
      (broken: Contract) => Object.assign(broken.components.schemas, { Uuid: { type: 'text' } }),
      /type/,
    ],
    [
      'has an example that breaks it',
      (broken: Contract) =>
        Object.assign(broken.components.schemas.Customer ?? {}, { required: ['id', 'name', 'age'] }),
      /age/,
    ],
    [
      'has a reference that leads nowhere',
      (broken: Contract) =>
        Object.assign(broken.components.schemas, { Customer: { $ref: '#/components/schemas/Nobody' } }),
      /Nobody/,
    ],
    [
      'lacks an operation',
      (broken: Contract) => Object.assign(broken, { paths: {} }),
      new RegExp(`no operation ${routes[0].operationId}`),
    ],
  ])('rejects when the contract %s', async (_, spoil, message) => {
    const broken = copyContract();
    spoil(broken);

    await expect(createApp(handlers, { ...options, contract: broken })).rejects.toThrow(message);
  });

  it('rejects when a handler is missing', async () => {
    // A caller in JavaScript has no types to stop this.
    const none = {} as Handlers;

    await expect(createApp(none, options)).rejects.toThrow(`There is no handler for ${routes[0].operationId}.`);
  });

  it('keeps no request that has ended', async () => {
    // Runs in a process of its own, so that the objects of other tests are not measured.
    const { stdout, stderr } = await runNode(['--expose-gc', 'test/edge/memory/exchange-weight.ts'], { cwd: ROOT });

    const { requests, bytes, kept } = JSON.parse(stdout);
    expect(stderr).toBe('');
    expect(kept).toBeLessThan((requests * bytes) / 20);
  });

  it('does not change the contract that it is given', async () => {
    const given = copyContract();

    await createApp(handlers, { ...options, contract: given });

    expect(given).toEqual(contract);
  });
});

describe('a rule of the validator that is in no schema', () => {
  it('returns 400 with the message of the validator for an empty value', async () => {
    const changed = copyContract();
    const text = { name: 'text', in: 'query', schema: { type: 'string' } };
    // The response has the type of the contract.
    const { post } = changed.paths['/customer-organizations'] as { post: { parameters: object[] } };
    post.parameters.push(text);
    const { log, lines } = collectLog();
    const target = await startEdge(handlers, { contract: changed, log });
    onTestFinished(() => target.close());

    const { status, body } = await exchange(target.url, {
      path: '/api/customer-organizations?text=',
      headers: { authorization: DEMO, 'content-type': 'application/json' },
      body: BODY,
    });

    expect([status, body]).toEqual([
      400,
      {
        error: {
          type: 'InvalidRequest',
          message: 'The request has one violation. See details.',
          details: [{ in: 'query', pointer: '/text', message: "Empty value found for query parameter 'text'." }],
        },
      },
    ]);
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
