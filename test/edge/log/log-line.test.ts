// The line that a request leaves in the log: creates, errors, slow requests and clients that left.
import { Router } from 'express';
import { describe, expect, it, vi } from 'vitest';
import type { Handlers } from '../../../generated/operations.ts';
import type { Context } from '../../../server/edge/options.ts';
import { organizationWith } from '../../support/contract/organization.ts';
import { exchange, send } from '../../support/http/http.ts';
import { openConnection, requestText } from '../../support/http/sockets.ts';
import { collectLog } from '../../support/log-lines.ts';
import { startEdge, startSqliteServer } from '../../support/targets.ts';
import { onlyLine, start, urlOf } from './logged-edge.ts';

const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

describe('the line of a create', () => {
  it.each([undefined, 'one-key'])('has the organization and the version: Idempotency-Key %s', async (key) => {
    const { log, lines } = collectLog();
    const url = await urlOf(startSqliteServer({ log }));
    const headers = key === undefined ? {} : { 'idempotency-key': key };

    const created = await send(url, { headers, body: BODY });
    const repeated = await send(url, { headers: { ...headers, 'sequence-version': '2024-07-30' }, body: BODY });

    await vi.waitFor(() => expect(lines).toHaveLength(2));
    for (const [index, { body }] of [created, repeated].entries())
      expect(lines[index]).toMatchObject({
        organizationId: (body as { id: string }).id, // The contract declares it.
        apiVersion: '2024-07-30',
      });
  });

  it('is followed by one with the organization when the client left before it was created', async () => {
    const { log, lines } = collectLog();
    let create = () => {};
    const opened = new Promise<void>((settle) => {
      create = settle;
    });
    const createCustomerOrganization: Handlers<Context>['createCustomerOrganization'] = async (_, { addToLog }) => {
      await opened;
      addToLog({ organizationId: 'an-id' });
      return { status: 201, body: organizationWith() };
    };
    const connection = await openConnection(await urlOf(startEdge({ createCustomerOrganization }, { log })));
    connection.socket.write(requestText(BODY));
    await vi.waitFor(() => expect(connection.socket.bytesWritten).toBeGreaterThan(0));
    await new Promise((settle) => setTimeout(settle, 50));
    connection.socket.resetAndDestroy();
    const { requestId } = await onlyLine(lines);
    create();

    await vi.waitFor(() => expect(lines).toHaveLength(2));
    expect(lines[0]).toMatchObject({ msg: 'request', status: null, cutOff: true });
    expect(lines[1]).toMatchObject({
      msg: 'carried out after the client left',
      requestId,
      organizationId: 'an-id',
    });
  });

  it('has no error type, no address and no attempted client ID', async () => {
    const { url, lines } = await start();

    await send(url, { body: BODY });

    const names = Object.keys(await onlyLine(lines));
    expect(names.filter((name) => ['errorType', 'address', 'attemptedClientId', 'aborted'].includes(name))).toEqual([]);
  });

  it('keeps what the edge knows when a handler adds fields of the same name', async () => {
    const { log, lines } = collectLog();
    const url = await urlOf(
      startEdge(
        {
          createCustomerOrganization: async (_, { addToLog }) => {
            addToLog({ status: 'mine', tries: 3 });
            addToLog({ cached: true });
            return { status: 201, body: organizationWith() };
          },
        },
        { log },
      ),
    );

    await send(url, { body: BODY });

    expect(await onlyLine(lines)).toMatchObject({ status: 201, tries: 3, cached: true });
  });
});

it('has the whole path of a request to a router of a middleware', async () => {
  const router = Router().use('/own/more', (_request, response) => void response.status(204).end());
  const { url, lines } = await start({ middleware: [Router().use('/its', router)] });

  await exchange(url, { method: 'GET', path: '/its/own/more/parts?x=1' });

  expect(await onlyLine(lines)).toMatchObject({ path: '/its/own/more/parts' });
});

describe('the line of an error', () => {
  it.each([
    ['InvalidRequest', { body: {} }],
    ['MalformedJson', { body: '{' }],
    ['UnrecognisedApiVersion', { headers: { 'sequence-version': '1999-01-01' }, body: BODY }],
    ['UnsupportedMediaType', { headers: { 'content-type': 'text/plain' }, body: 'x' }],
    ['PayloadTooLarge', { body: 'x'.repeat(1_100_000) }],
    ['Unauthorized', { headers: { authorization: [] }, body: BODY }],
    ['NotFound', { path: '/api/elsewhere' }],
    ['MethodNotAllowed', { method: 'DELETE' }],
  ] as const)('has its type: %s', async (errorType, request) => {
    const { url, lines } = await start();

    // The types of the table are readonly.
    await send(url, structuredClone(request) as Parameters<typeof send>[1]);

    expect(await onlyLine(lines)).toMatchObject({ errorType });
  });

  it('has its type when a handler returned or threw it', async () => {
    const { log, lines } = collectLog();
    const url = await urlOf(startSqliteServer({ log }));
    const unknown = { ...BODY, memberIds: ['99999999-9999-4999-8999-999999999999'] };
    const many = Array.from({ length: 5000 }, (_, index) => `99999999-9999-4999-8999-99999999${1000 + index}`);
    const headers = { 'idempotency-key': 'one-key' };

    await send(url, { headers, body: BODY });
    await send(url, { headers, body: { ...BODY, memberIds: ['e309e948-088e-4d77-b654-cd85498f1555'] } });
    await send(url, { body: unknown });
    await send(url, { body: { ...unknown, memberIds: many } });

    await vi.waitFor(() => expect(lines).toHaveLength(4));
    const errorTypes = [undefined, 'IdempotencyKeyReused', 'UnknownCustomers', 'UnknownCustomers'];
    expect(lines.map(({ errorType }) => errorType)).toEqual(errorTypes);
  });
});

describe('the line of a client that leaves', () => {
  const half = requestText(BODY).slice(0, -5);

  it('says that the upload was aborted, and names no status, after a reset', async () => {
    const begun = Promise.withResolvers<void>();
    const { url, lines } = await start({ limit: () => begun.resolve() });
    const connection = await openConnection(url);

    connection.socket.write(half);
    await begun.promise;
    connection.socket.resetAndDestroy();

    expect(await onlyLine(lines)).toMatchObject({ status: null, aborted: 'upload', cutOff: true });
    expect(lines).toHaveLength(1);
  });

  it('says that the upload was aborted when the client closes its side', async () => {
    const { url, lines } = await start();
    const connection = await openConnection(url);

    connection.socket.end(half);

    expect(await connection.closed).toContain(' 400 ');
    expect(await onlyLine(lines)).toMatchObject({
      status: 400,
      aborted: 'upload',
      errorType: 'InvalidRequest',
      reason: 'The connection was closed before the end of the request.',
    });
  });

  it('is absent for a complete request, and for one that was rejected before its end', async () => {
    const { url, lines } = await start();
    const rejected = await openConnection(url);
    rejected.socket.write(requestText(BODY, { Authorization: 'none' }).slice(0, -5));
    await vi.waitFor(() => expect(lines).toHaveLength(1));
    rejected.socket.destroy();
    await send(url, { body: {} });

    await vi.waitFor(() => expect(lines).toHaveLength(2));
    expect(lines.map(({ status, aborted }) => [status, aborted])).toEqual([
      [401, undefined],
      [400, undefined],
    ]);
  });
});

describe('the line of a slow request', () => {
  it('is a warning that says when the body had arrived', async () => {
    const { url, lines } = await start({ slowRequestMs: 0 });

    await send(url, { body: BODY });

    expect(await onlyLine(lines)).toMatchObject({ level: 'warn', slow: true, receivedMs: expect.any(Number) });
  });

  it('has the level info when no time is set', async () => {
    const { url, lines } = await start();

    await send(url, { body: BODY });

    const line = await onlyLine(lines);
    expect([line.level, line.slow]).toEqual(['info', undefined]);
  });
});
