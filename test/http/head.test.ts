// A response to HEAD never has a body (RFC 9110, section 9.3.2), also when the request is malformed, cut off or too
// late, in whatever parts it arrives.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { BOTH, createText, type LoggedTarget, readResponses } from '../support/http/raw-http.ts';
import { openConnection } from '../support/http/sockets.ts';
import { collectLog } from '../support/log-lines.ts';
import { startSqliteServer, type Target } from '../support/targets.ts';

const BODY = JSON.stringify({ ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] });
const EARLIER = createText(BODY, { Connection: 'keep-alive' });
const EARLIER_IN_CHUNKS = EARLIER.replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked').replace(
  BODY,
  `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`,
);
const EARLIER_WITH_EMPTY_LINES = createText(`${BODY}\r\n\r\n\r\n`, { Connection: 'keep-alive' });
const HOST = 'Host: localhost\r\n';

const BEFORE: [name: string, text: string, count: number][] = [
  ['first', '', 0],
  ['behind a GET', `GET /livez HTTP/1.1\r\n${HOST}\r\n`, 1],
  ['behind a create', EARLIER, 1],
  ['behind a create in chunks', EARLIER_IN_CHUNKS, 1],
  ['behind a body that ends in empty lines', EARLIER_WITH_EMPTY_LINES, 1],
  ['behind three creates', EARLIER.repeat(3), 3],
];

const MALFORMED: [name: string, text: string][] = [
  ['a control character in its target', `HEAD /\x01 HTTP/1.1\r\n${HOST}\r\n`],
  ['a byte that is not ASCII in its target', `HEAD /\xff HTTP/1.1\r\n${HOST}\r\n`],
  ['a space in its target', `HEAD /a b HTTP/1.1\r\n${HOST}\r\n`],
  ['a length that is no number', `HEAD / HTTP/1.1\r\n${HOST}Content-Length: x\r\n\r\n`],
  ['NUL in a field', `HEAD / HTTP/1.1\r\n${HOST}A: a\0\r\n\r\n`],
  ['a folded field', `HEAD / HTTP/1.1\r\n${HOST}A: a\r\n b: c\r\nD d: e\r\n\r\n`],
  ['a malformed version', `HEAD / HTTP/9.9\r\n${HOST}\r\n`],
  ['a malformed field', `HEAD / HTTP/1.1\r\n${HOST}A b: c\r\n\r\n`],
  ['a header of 20 KiB', `HEAD / HTTP/1.1\r\n${HOST}A: ${'x'.repeat(20_000)}\r\n\r\n`],
  ['a target of 20 KiB', `HEAD /${'x'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`],
  ['two lengths', `HEAD / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`],
  ['no Host', 'HEAD / HTTP/1.1\r\n\r\n'],
  ['a malformed target', `HEAD foo://bar HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`],
];

const UNFINISHED: [name: string, text: string][] = [
  ['its method', 'HEAD '],
  ['its target', 'HEAD /abc'],
  ['its request line', 'HEAD /abc HTTP/1.1\r\n'],
  ['a field', `HEAD /abc HTTP/1.1\r\n${HOST}A: b`],
  ['its last field', `HEAD /abc HTTP/1.1\r\n${HOST}A: b\r\n`],
];

const TIMEOUTS = { headerMs: 2000, requestMs: 4000, checkMs: 50 };

/** Sends parts, each in a packet of its own, and returns what comes until the server closes the connection. */
async function sendParts(
  url: string,
  parts: string[],
  { halfCloses = false, onFinished }: { halfCloses?: boolean; onFinished: typeof onTestFinished },
): Promise<string> {
  const { socket, closed } = await openConnection(url, { allowHalfOpen: true, onFinished });
  socket.setNoDelay(true);
  socket.once('end', () => socket.end());
  for (const part of parts) {
    if (part !== '') socket.write(Buffer.from(part, 'latin1'));
    await sleep(15);
  }
  if (halfCloses) socket.end();
  return closed;
}

/** The bytes in one packet, and divided after each of these numbers of bytes. */
function divisionsOf(before: string, text: string): [string, string[]][] {
  const isShort = before === '' && text.length < 200;
  const offsets = isShort
    ? Array.from({ length: text.length - 1 }, (_, index) => index + 1)
    : [1, 3, 5, 7, 16, Math.floor(text.length / 2), text.length - 1];
  return [
    ['in one packet', [before + text]],
    ['in a packet of its own', [before, text]],
    ...offsets.map((offset): [string, string[]] => [
      `divided behind ${offset} bytes`,
      [before + text.slice(0, offset), text.slice(offset)],
    ]),
    ['in three packets', [before + text.slice(0, 4), text.slice(4, 9), text.slice(9)]],
  ];
}

describe.each(BOTH)('%s', (_, start) => {
  let target: LoggedTarget;
  beforeAll(async () => {
    target = await start();
  });
  afterAll(() => target.close());

  describe.each(BEFORE)('to a malformed HEAD %s', (_name, before, count) => {
    it.concurrent.for(MALFORMED)('returns 400 without a body: %s', async ([, text], { onTestFinished: onFinished }) => {
      const methods = [...Array<string>(count).fill('POST'), 'HEAD'];
      const send = async ([name, parts]: [string, string[]]) => {
        const received = await sendParts(target.url, parts, { halfCloses: true, onFinished });

        const last = readResponses(received, methods).at(-1);
        expect([name, last?.status, last?.body]).toEqual([name, 400, '']);
        const requestId = last?.headers['x-request-id'];
        expect(target.lines.find((line) => line.requestId === requestId)).toMatchObject({ method: 'HEAD' });
      };
      await Promise.all(divisionsOf(before, text).map(send));
    });

    it.concurrent.for(UNFINISHED)(
      'returns 400 without a body when the client half-closes in %s',
      async ([, text], { onTestFinished: onFinished }) => {
        const methods = [...Array<string>(count).fill('POST'), 'HEAD'];
        const send = async ([name, parts]: [string, string[]]) => {
          const received = await sendParts(target.url, parts, { halfCloses: true, onFinished });

          const last = readResponses(received, methods).at(-1);
          expect([name, last?.status, last?.body]).toEqual([name, 400, '']);
        };
        await Promise.all(divisionsOf(before, text).slice(0, 4).map(send));
      },
    );
  });

  it('still has a body for a malformed GET after a HEAD', async () => {
    const text = await sendParts(target.url, [`HEAD /nowhere HTTP/1.1\r\n${HOST}\r\nGE`, 'T /\x01 HTTP/1.1\r\n\r\n'], {
      onFinished: onTestFinished,
    });

    const [head, get] = readResponses(text, ['HEAD', 'GET']);
    expect(head?.body).toBe('');
    expect([get?.status, get?.body]).toEqual([400, expect.stringContaining('InvalidRequest')]);
  });
});

describe.concurrent('a HEAD that does not arrive in time', () => {
  const { log, lines } = collectLog();
  let target: Target;
  beforeAll(async () => {
    target = await startSqliteServer({ log }, { log, timeouts: TIMEOUTS });
  });
  afterAll(() => target.close());

  it.for(UNFINISHED)('gets 400 without a body: cut off in %s', async ([, text], { onTestFinished: onFinished }) => {
    const send = async ([name, before, count]: (typeof BEFORE)[number]) => {
      const received = await sendParts(target.url, [before + text], { onFinished });

      const last = readResponses(received, [...Array<string>(count).fill('POST'), 'HEAD']).at(-1);
      expect([name, last?.status, last?.body]).toEqual([name, 400, '']);
      const requestId = last?.headers['x-request-id'];
      expect(lines.find((line) => line.requestId === requestId)).toMatchObject({ method: 'HEAD', status: 400 });
    };
    await Promise.all(BEFORE.map(send));
  });
});
