// Bodies in tiny chunks, which take more memory than they have bytes.

import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startMock } from '../../../mock/start.ts';
import { processMemory } from '../../../server/edge/memory/memory-budget.ts';
import { DEMO, PATH } from '../../support/http/http.ts';
import { closing } from '../../support/http/raw-http.ts';
import { openConnection, statusesIn } from '../../support/http/sockets.ts';
import { startSqliteServer } from '../../support/targets.ts';
import { CHUNKED, oneByteChunks, VALID, withMembers } from './limited-requests.ts';

describe('a body in tiny chunks', () => {
  it.each([
    ['/api/customer-organizations', DEMO, 413],
    ['/api/customer-organizations', 'none', 401],
    ['/nothing', DEMO, 404],
  ])('ends the connection when there are too many of them: %s with %s', async (path, authorization, status) => {
    const { url } = await closing(startSqliteServer());
    const connection = await openConnection(url);

    connection.socket.write(CHUNKED.replace(PATH, path).replace(DEMO, authorization));
    connection.socket.write(oneByteChunks(' '.repeat(200_000)));
    const text = await connection.closed;

    expect(statusesIn(text)).toEqual([status]);
  });

  it('is accepted with two chunks for each of 10,000 members', async () => {
    const { url } = await closing(startSqliteServer());
    const { socket, responses, received } = await openConnection(url);
    const { ownerId, memberIds } = withMembers(10_000);
    const chunks = [
      `{"ownerId":"${ownerId}","memberIds":[`,
      ...memberIds.flatMap((id, index) => [`"${id}"`, index === 9999 ? ']' : ',']),
      '}',
      '',
    ];

    socket.write(CHUNKED + chunks.map((each) => `${each.length.toString(16)}\r\n${each}\r\n`).join(''));
    await responses(1);

    expect(received()).toContain('UnknownCustomers');
  });

  it('is accepted in 20,480 chunks of 1 MiB, wherever packets end within them', async () => {
    const { url } = await closing(startSqliteServer());
    const { socket, responses, received } = await openConnection(url);
    const size = 51;
    const text = `${JSON.stringify(VALID)}${' '.repeat(20_480 * size)}`.slice(0, 20_480 * size);

    socket.write(CHUNKED + text.replace(/.{51}/g, (chunk) => `33\r\n${chunk}\r\n`));
    socket.write('0\r\n\r\n');
    await responses(1);

    expect(statusesIn(received())).toEqual([201]);
  });
});

describe('the mock', () => {
  it('counts in the budget of the process, and rejects tiny chunks too', async () => {
    const before = processMemory.held;
    const mock = await startMock({ port: 0 });
    onTestFinished(() => mock.close());
    const connection = await openConnection(mock.url);

    connection.socket.write(CHUNKED);
    await vi.waitFor(() => expect(processMemory.held).toBeGreaterThan(before + 15_000));
    connection.socket.write(oneByteChunks(' '.repeat(100_000)));

    expect(statusesIn(await connection.closed)).toEqual([413]);
    await vi.waitFor(() => expect(processMemory.held).toBe(before));
  });
});
