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

  it('is accepted with a chunk for each of 10,000 members', async () => {
    const { url } = await closing(startSqliteServer());
    const { socket, responses, received } = await openConnection(url);
    const { ownerId, memberIds } = withMembers(10_000);
    const chunks = [
      `{"ownerId":"${ownerId}","memberIds":[`,
      ...memberIds.map((id, index) => `"${id}"${index === 9999 ? ']' : ','}`),
      '}',
      '',
    ];

    socket.write(CHUNKED + chunks.map((each) => `${each.length.toString(16)}\r\n${each}\r\n`).join(''));
    await responses(1);

    expect(received()).toContain('UnknownCustomers');
  });

  it.each([
    ['10,240 chunks of 102 bytes', 10_240, 102, 201],
    ['10,240 chunks of 32 bytes', 10_240, 32, 201],
    ['12,000 chunks of 80 bytes', 12_000, 80, 413],
    ['3,000 chunks of 16 bytes', 3000, 16, 413],
    ['512 chunks of one byte', 512, 1, 201],
    ['600 chunks of one byte', 600, 1, 413],
  ])('gets the status for %s', async (_, count, size, status) => {
    const { url } = await closing(startSqliteServer());
    const { socket, responses, received } = await openConnection(url);
    const text = JSON.stringify(VALID).padEnd(count * size);

    socket.write(CHUNKED);
    for (let at = 0; at < text.length; at += size)
      socket.write(`${size.toString(16)}\r\n${text.slice(at, at + size)}\r\n`);
    socket.write('0\r\n\r\n');
    await responses(1);

    expect(statusesIn(received())).toEqual([status]);
  });

  it('is not a large chunk, or a body without chunks, that arrives in tiny packets', async () => {
    const { url } = await closing(startSqliteServer());
    const statusIn = async (framing: string, size: number, end: string) => {
      const { socket, responses, received } = await openConnection(url);
      socket.setNoDelay().write(CHUNKED.replace('Transfer-Encoding: chunked', framing));
      if (end !== '') socket.write(`${size.toString(16)}\r\n`);
      for (const byte of JSON.stringify(VALID).padEnd(size)) {
        socket.write(byte);
        await new Promise(setImmediate);
      }
      socket.write(end);
      await responses(1);
      return statusesIn(received());
    };

    expect(await statusIn('Transfer-Encoding: chunked', 2000, '\r\n0\r\n\r\n')).toEqual([201]);
    expect(await statusIn('Content-Length: 13000', 13_000, '')).toEqual([201]);
  });

  it('is followed by further requests, wherever it ends in a packet', async () => {
    const { url } = await closing(startSqliteServer());
    const { socket, responses, received } = await openConnection(url);
    const body = `${JSON.stringify(VALID)}\n${'\n '.repeat(5000)}`;
    const toChunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
    const create = CHUNKED + body.replace(/[\s\S]{1,999}/g, toChunk);

    socket.write(`${create}0\r\n\r\n`.repeat(20));
    await responses(20);
    socket.write(`${create}000;a=b\r\nX-Trailer: 1\r\n\r\n`.repeat(20));
    await responses(40);

    expect(statusesIn(received())).toEqual(Array(40).fill(201));
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
