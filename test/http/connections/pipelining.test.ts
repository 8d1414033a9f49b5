// Pipelined requests (RFC 9112, section 9.3.2): each gets its response in order, and none is carried out whose response
// cannot be sent.
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATH } from '../../support/http/http.ts';
import { BOTH, createText, type LoggedTarget, readResponses, sendBytes } from '../../support/http/raw-http.ts';
import { statusesIn } from '../../support/http/sockets.ts';

const BODY = JSON.stringify({ ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] });
const KEEP = { Connection: 'keep-alive' };
const CREATE = createText(BODY, KEEP);
const LAST = createText(BODY);
const EXPECT = { ...KEEP, Expect: '100-continue' };

/** The server handles 16 requests of one connection at once. */
const COUNTS = [1, 15, 16, 17, 18, 40];

const REJECTED: [name: string, request: string][] = [
  ['without Host', CREATE.replace('Host: localhost\r\n', '')],
  ['with a malformed Host', CREATE.replace('Host: localhost', 'Host: a b')],
  ['with the target *', CREATE.replace(PATH, '*')],
  ['with a malformed target', CREATE.replace(PATH, 'foo://bar')],
];

const UNREAD: [name: string, headers: Record<string, string>, path?: string][] = [
  ['401', { Authorization: 'none' }],
  ['404', {}, '/x'],
  ['415', { 'Content-Type': 'text/plain' }],
  ['400 for its version', { 'Sequence-Version': '2000-01-01' }],
  ['400 for its Host', { Host: 'a b' }],
];

describe.each(BOTH)('%s', (_, start) => {
  let target: LoggedTarget;
  beforeAll(async () => {
    target = await start();
  });
  afterAll(() => target.close());

  describe.each(REJECTED)('after any number of creates, requests %s', (_name, rejected) => {
    it.each(COUNTS)('return 400: %i creates', async (count) => {
      const text = await sendBytes(target.url, CREATE.repeat(count) + rejected.repeat(count) + LAST);

      const created = Array.from({ length: count }, () => 201);
      const rejections = Array.from({ length: count }, () => 400);
      expect(statusesIn(text)).toEqual([...created, ...rejections, 201]);
    });
  });

  it.each(COUNTS)('returns 400 to an unknown transfer coding after %i creates, and closes', async (count) => {
    const coded = createText('', { ...KEEP, 'Transfer-Encoding': 'gzip, chunked' }).replace(
      'Content-Length: 0\r\n',
      '',
    );
    const before = target.lines.length;
    const text = await sendBytes(target.url, CREATE.repeat(count) + coded + CREATE);

    expect(statusesIn(text)).toEqual([...Array.from({ length: count }, () => 201), 400]);
    expect(target.lines.slice(before).filter(({ status }) => status === 201)).toHaveLength(count);
  });

  it.each(COUNTS)('reads each of %i compressed bodies of a client that half-closes', async (count) => {
    const body = gzipSync(BODY).toString('latin1');
    const compressed = createText('', { ...KEEP, 'Content-Encoding': 'gzip' }).replace(
      'Content-Length: 0',
      `Content-Length: ${body.length}`,
    );
    const text = await sendBytes(target.url, (compressed + body).repeat(count), 'half-closes');

    expect(statusesIn(text)).toEqual(Array.from({ length: count }, () => 201));
  });

  // RFC 9110, section 10.1.1: the final status may come before the body, and the connection then closes.
  describe.each(UNREAD)('after an expectation that gets %s', (_name, headers, path = PATH) => {
    it.each([0, 1, 20])('processes nothing: %i creates before it', async (count) => {
      const before = target.lines.length;
      const unread = createText(BODY, { ...EXPECT, ...headers }).replace(PATH, path);
      const text = await sendBytes(target.url, CREATE.repeat(count) + unread + CREATE.repeat(3));
      const responses = readResponses(text, []);

      expect(responses.slice(0, count).map(({ status }) => status)).toEqual(Array.from({ length: count }, () => 201));
      expect(responses).toHaveLength(count + 1);
      expect(responses.at(-1)?.headers.connection).toBe('close');
      expect(target.lines.slice(before).filter(({ status }) => status === 201)).toHaveLength(count);
    });
  });

  it.each([1, 3, 20])('continues after an expectation that is met: %i of them', async (count) => {
    const met = createText(BODY, EXPECT);
    const text = await sendBytes(target.url, (met + CREATE).repeat(count) + LAST);

    expect(statusesIn(text).filter((status) => status !== 100)).toEqual(
      Array.from({ length: 2 * count + 1 }, () => 201),
    );
  });
});
