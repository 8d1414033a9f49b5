// Requests whose response a test delays or holds back: those of others beside them, and clients that give up.
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { processMemory } from '../../../server/edge/memory/memory-budget.ts';
import { createText } from '../../support/http/raw-http.ts';
import { openConnection, statusesIn } from '../../support/http/sockets.ts';
import { create, failed, mock, origin, shareMock, useShared, VALID } from './controlled-mock.ts';

const WAITING = 20;

shareMock();

describe('a request that waits for its response', () => {
  beforeEach(useShared);

  // With a turn of a second for two of them at a time, they would take ten seconds.
  it.each([
    ['of 40 KB', 'delayed', 40_000, { delayMs: 60_000 }],
    ['of 40 KB', 'without a response', 40_000, { hang: true as const }],
    ['of 100 KB', 'delayed', 100_000, { delayMs: 60_000 }],
    ['of 100 KB', 'without a response', 100_000, { hang: true as const }],
  ])('does not keep others waiting: %s, %s', async (_size, _outcome, bytes, directive) => {
    const body = JSON.stringify(VALID).padEnd(bytes);
    mock.next({ ...directive, times: WAITING });

    const waiting = Array.from({ length: WAITING }, () => failed(create({ body })));
    await vi.waitFor(() => expect(mock.requests).toHaveLength(WAITING), 4000);

    expect((await create({ body })).status).toBe(201);
    mock.reset();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['ECONNRESET']));
  });
});

describe('a request that gets no response', () => {
  beforeEach(useShared);

  it('holds no memory for its body', async () => {
    const memberIds = Array.from({ length: 10_000 }, () => randomUUID());
    const body = gzipSync(JSON.stringify({ ...VALID, memberIds }));
    mock.next({ hang: true, times: WAITING });
    const before = processMemory.held;

    const waiting = Array.from({ length: WAITING }, () =>
      failed(create({ body, headers: { 'content-encoding': 'gzip' } })),
    );
    await vi.waitFor(() => expect(mock.droppedRequests + mock.requests.length).toBe(WAITING), 4000);

    expect(processMemory.held - before).toBeLessThan(WAITING * 20_000);
    mock.reset();
    await Promise.all(waiting);
    await vi.waitFor(() => expect(processMemory.held).toBe(0), 4000);
  });

  it('ends when its client closes the connection, or one direction of it', async () => {
    mock.next({ hang: true });
    const connection = await openConnection(origin);

    connection.socket.end(createText(JSON.stringify(VALID)));

    expect(await connection.closed).toBe('');
    expect(mock.requests).toMatchObject([{ body: VALID, response: null }]);
  });

  it('lets earlier responses on its connection be sent before it ends', async () => {
    mock.next({ delayMs: 300 });
    mock.next({ hang: true });
    const connection = await openConnection(origin);
    const text = createText(JSON.stringify(VALID), { Connection: 'keep-alive' });

    connection.socket.end(text + text);

    expect(statusesIn(await connection.closed)).toEqual([201]);
    await vi.waitFor(() => expect(mock.requests).toHaveLength(2));
  });
});
