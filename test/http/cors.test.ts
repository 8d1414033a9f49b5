// Responses that are sent before the app sees a request have the CORS headers of all others: without them, a page would
// get a network error instead of the response and its message.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATH } from '../support/http/http.ts';
import { closing, createText, type RawResponse, readResponses, sendBytes } from '../support/http/raw-http.ts';
import { openConnection } from '../support/http/sockets.ts';
import { startMockTarget, startSqliteServer, type Target } from '../support/targets.ts';

const ALLOWED = 'http://app.example';
const OTHER = 'http://other.example';
const LIST = [ALLOWED, 'https://app.example:8443'];

const TARGETS = [
  ['the server with a list of origins', () => startSqliteServer({ corsOrigins: LIST }), undefined],
  ['the server with any origin', () => startSqliteServer({ corsOrigins: '*' }), '*'],
  ['the mock', () => startMockTarget(), '*'],
] as const;

const HOST = 'Host: localhost\r\n';
const MANY_FIELDS = 'A: b\r\n'.repeat(110);
const LONG = 'x'.repeat(20_000);

/** Malformed requests: the request with these lines for its origin. */
const EARLY_ERRORS: [string, (origin: string) => string][] = [
  ['a target over 16 KiB', (origin) => `POST /${LONG} HTTP/1.1\r\n${HOST}${origin}\r\n`],
  ['a field over 16 KiB behind its origin', (origin) => `POST / HTTP/1.1\r\n${HOST}${origin}A: ${LONG}\r\n\r\n`],
  ['a field over 16 KiB before its origin', (origin) => `POST / HTTP/1.1\r\n${HOST}A: ${LONG}\r\n${origin}\r\n`],
  ['over 100 fields behind its origin', (origin) => `GET / HTTP/1.1\r\n${HOST}${origin}${MANY_FIELDS}\r\n`],
  ['over 100 fields before its origin', (origin) => `GET / HTTP/1.1\r\n${HOST}${MANY_FIELDS}${origin}\r\n`],
  ['a space in a field name', (origin) => `GET / HTTP/1.1\r\n${HOST}${origin}A b: c\r\n\r\n`],
  ['a field without a name before its origin', (origin) => `GET / HTTP/1.1\r\n${HOST}: c\r\n${origin}\r\n`],
  ['no Host', (origin) => `GET / HTTP/1.1\r\n${origin}\r\n`],
  ['two Hosts', (origin) => `GET / HTTP/1.1\r\n${HOST}${HOST}${origin}\r\n`],
  ['an invalid Host', (origin) => `GET / HTTP/1.1\r\nHost: a b\r\n${origin}\r\n`],
  ['an invalid Content-Length', (origin) => `POST / HTTP/1.1\r\n${HOST}${origin}Content-Length: x\r\n\r\n`],
  ['an unknown transfer coding', (origin) => `POST / HTTP/1.1\r\n${HOST}${origin}Transfer-Encoding: x\r\n\r\n`],
  [
    'an unknown transfer coding before chunked',
    (origin) => `POST / HTTP/1.1\r\n${HOST}${origin}Transfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['an unknown method', (origin) => `JUMP / HTTP/1.1\r\n${HOST}${origin}\r\n`],
  ['an unknown version', (origin) => `GET / HTTP/1.7\r\n${HOST}${origin}\r\n`],
  ['a space in its target', (origin) => `GET /a b HTTP/1.1\r\n${HOST}${origin}\r\n`],
  ['the target *', (origin) => `GET * HTTP/1.1\r\n${HOST}${origin}Connection: close\r\n\r\n`],
  ['an invalid target', (origin) => `GET ftp://a/ HTTP/1.1\r\n${HOST}${origin}Connection: close\r\n\r\n`],
  ['CONNECT', (origin) => `CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n${origin}\r\n`],
];

const originLine = (origin: string) => `Origin: ${origin}\r\n`;

async function sendOne(url: string, text: string): Promise<RawResponse> {
  const [response] = readResponses(await sendBytes(url, text, 'half-closes'), [text.split(' ', 1)[0] ?? '']);
  if (!response) throw new Error('There is no response.');
  return response;
}

const CORS_HEADER = /^(access-control-.*|vary)$/;

function corsHeadersOf({ headers }: RawResponse): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => CORS_HEADER.test(name)));
}

describe.each(TARGETS)('%s', (_, start, anyOrigin) => {
  let target: Target;
  /** The headers of a valid request from an origin, which reaches the app. */
  let validFrom: (origin: string) => Promise<Record<string, string>>;
  beforeAll(async () => {
    target = await start();
    validFrom = async (origin) => corsHeadersOf(await sendOne(target.url, createText('{', { Origin: origin })));
  });
  afterAll(() => target.close());

  describe.each(EARLY_ERRORS)('responds to a request with %s', (_, textWith) => {
    const send = async (lines: string) => {
      const response = await sendOne(target.url, textWith(lines));
      expect(response.status).toBe(400);
      expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      return corsHeadersOf(response);
    };

    it('with the headers of every response to its origin', async () => {
      const [allowed, other] = [await send(originLine(ALLOWED)), await send(originLine(OTHER))];

      expect(allowed).toEqual(await validFrom(ALLOWED));
      expect(other).toEqual(await validFrom(OTHER));
      expect(allowed).toMatchObject({
        'access-control-allow-origin': anyOrigin ?? ALLOWED,
        'access-control-expose-headers': expect.stringContaining('X-Request-Id'),
      });
      expect(other['access-control-allow-origin']).toBe(anyOrigin);
    });

    it('with the headers for another origin when its own is repeated or malformed', async () => {
      const expected = await validFrom(OTHER);

      expect(await send(originLine(ALLOWED).repeat(2))).toEqual(expected);
      for (const malformed of [`${ALLOWED}, ${ALLOWED}`, `${ALLOWED}/`, `${ALLOWED}.other`, 'null', '', '\xff', '*'])
        expect(await send(originLine(malformed)), malformed).toEqual(expected);
    });

    it('with its origin in a field name of any case and surrounded by white space', async () => {
      expect(await send(`oRIGIN:\t ${ALLOWED} \t\r\n`)).toEqual(await validFrom(ALLOWED));
    });
  });

  it('responds with CORS headers to a target over 16 KiB that arrives in parts', async () => {
    const { socket, closed } = await openConnection(target.url);
    socket.setNoDelay(true);
    for (const part of [`GET /?${'x'.repeat(9000)}`, `${'x'.repeat(9000)} HTTP/1.1\r\n${originLine(ALLOWED)}\r\n`]) {
      socket.write(part);
      await sleep(20);
    }
    const [response] = readResponses(await closed, ['GET']);

    expect(response && corsHeadersOf(response)).toEqual(await validFrom(ALLOWED));
  });

  it.each([
    ['has no Origin', `A: ${LONG}\r\n\r\n`],
    ['ends in its Origin', `A: ${LONG}\r\nOrigin: ${ALLOWED}`],
    ['has an Origin in its body', `Content-Length: x\r\n\r\nOrigin: ${ALLOWED}\r\n\r\n`],
  ])('responds without CORS headers to a malformed request that %s', async (_case, rest) => {
    const response = await sendOne(target.url, `POST / HTTP/1.1\r\n${HOST}${rest}`);

    expect(response.status).toBe(400);
    expect(corsHeadersOf(response)).toEqual({});
  });

  it('does not use the Origin of the preceding request on the connection', async () => {
    const first = createText('{', { Origin: ALLOWED, Connection: 'keep-alive' });
    const received = await sendBytes(target.url, `${first}GET /a b HTTP/1.1\r\n${HOST}\r\n`, 'half-closes');

    const responses = readResponses(received, ['POST', 'GET']);

    const [earlier, malformed] = responses.map(corsHeadersOf);
    expect(earlier).toEqual(await validFrom(ALLOWED));
    // The mock closes the connection after each response to a browser.
    expect(malformed).toEqual(responses.length === 1 ? undefined : {});
  });

  it('uses the Origin of a request whose body is malformed', async () => {
    const text = createText('', { Origin: ALLOWED, 'Transfer-Encoding': 'chunked' }).replace(
      /Content-Length.*\r\n/,
      '',
    );

    const response = await sendOne(target.url, `${text}x\r\nOrigin: ${OTHER}\r\n\r\n`);

    expect(response.status).toBe(400);
    expect(corsHeadersOf(response)).toEqual(await validFrom(ALLOWED));
  });

  it('responds to a preflight as before, and to a malformed one with the same CORS headers and 400', async () => {
    const lines = `${originLine(ALLOWED)}Access-Control-Request-Method: POST\r\nConnection: close\r\n\r\n`;
    const preflight = await sendOne(target.url, `OPTIONS ${PATH} HTTP/1.1\r\n${HOST}${lines}`);
    const malformed = await sendOne(target.url, `OPTIONS ${PATH} HTTP/1.1\r\nHost: a b\r\n${lines}`);

    expect([preflight.status, malformed.status]).toEqual([204, 400]);
    expect(corsHeadersOf(preflight)).toEqual({
      ...(await validFrom(ALLOWED)),
      'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE',
      'access-control-max-age': '600',
      vary: anyOrigin ? 'Access-Control-Request-Headers' : 'Origin, Access-Control-Request-Headers',
    });
    expect(corsHeadersOf(malformed)).toEqual(corsHeadersOf(preflight));
  });
});

it('has no CORS headers where no origin may call', async () => {
  const target = await closing(startSqliteServer());

  for (const [, textWith] of EARLY_ERRORS)
    expect(corsHeadersOf(await sendOne(target.url, textWith(originLine(ALLOWED))))).toEqual({});
});
