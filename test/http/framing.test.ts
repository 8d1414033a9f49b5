// The end of a request (RFC 9112, sections 6 and 7): an ambiguous request is rejected and logged, closes the
// connection, and stores nothing.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, PATH } from '../support/http/http.ts';
import { BOTH, errorIn, type LoggedTarget, readResponses, sendBytes } from '../support/http/raw-http.ts';

const BODY = JSON.stringify({ ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] });
const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
const CHUNKED = chunked(BODY);
/** JSON allows white space before the body, where it must not be taken for empty lines before a request. */
const LATE_BODY = '\r\n'.repeat(40_000) + BODY;
const GET = 'GET /x HTTP/1.1\r\nHost: localhost\r\n';

/** A create, up to the header fields that frame its body. It does not ask the server to close the connection. */
const create = (framing: string, body: string, version = '1.1') =>
  [
    `POST ${PATH} HTTP/${version}`,
    'Host: localhost',
    `Authorization: ${DEMO}`,
    'Content-Type: application/json',
    framing,
    '',
    body,
  ].join('\r\n');

const ONLY_CHUNKED = 'The only Transfer-Encoding that is supported is chunked, once.';
const BAD_CODING =
  'The Transfer-Encoding must be "chunked" alone, without a comma or tab behind it, and without a Content-Length.';
const BAD_VERSION = 'The version in the request line is not supported. Use HTTP/1.1.';
const NOT_IN_1_0 = 'HTTP/1.0 has no Transfer-Encoding. Send a Content-Length.';
const TWO_FRAMINGS = /^The request cannot be read as HTTP\/1\.1: .*can't be present with .*\.$/;
const BAD_LENGTH = /^The request cannot be read as HTTP\/1\.1: .*Content-Length.*\.$/;
const BAD_CHUNK = /^The request cannot be read as HTTP\/1\.1: .*chunk.*\.$/i;
const BAD_FIELD = /^The request cannot be read as HTTP\/1\.1: .*header.*\.$/i;

const FRAMING_TRAILER = 'The trailers of the body contain a Transfer-Encoding or a Content-Length (RFC 9110, 6.5.1).';
const TARGET_WITH_SPACE = 'The target in the request line contains a space. Send it as %20.';
const LONG_TRAILERS =
  'The header of the request and the trailers of its body are larger than 16 KiB, or there are more than 100 trailers.';
const TWO_TYPES = 'The request has more than one Content-Type header.';
const TWO_CREDENTIALS = 'The request has more than one Authorization header.';
const OTHER_PROTOCOL = 'The request line does not name HTTP/1.1. Only HTTP is supported.';

const REJECTED: [name: string, request: string, message: string | RegExp][] = [
  ...['foo, chunked', 'gzip, chunked', 'identity', 'gzip', ', chunked', 'chunked;q=1', 'xchunked', '"chunked"'].map(
    (coding): [string, string, string] => [
      `Transfer-Encoding: ${coding}`,
      create(`Transfer-Encoding: ${coding}`, CHUNKED),
      ONLY_CHUNKED,
    ],
  ),
  ...['chunked, chunked', 'chunked, gzip', 'chunked,', 'chunked\t', 'chunked\r\nTransfer-Encoding: chunked'].map(
    (codings): [string, string, string] => [
      `Transfer-Encoding: ${codings}`,
      create(`Transfer-Encoding: ${codings}`, CHUNKED),
      BAD_CODING,
    ],
  ),
  ['a Transfer-Encoding in HTTP/1.0', create('Transfer-Encoding: chunked', CHUNKED, '1.0'), NOT_IN_1_0],
  ['a length and a coding', create('Content-Length: 4\r\nTransfer-Encoding: chunked', CHUNKED), BAD_CODING],
  ['a coding and a length', create('Transfer-Encoding: chunked\r\nContent-Length: 4', CHUNKED), TWO_FRAMINGS],
  ...['1, 1', '+1', '-1', '0x10', '1 1', '1.0', '', 'x', '9'.repeat(30)].map((length): [string, string, RegExp] => [
    `Content-Length: ${length}`,
    create(`Content-Length: ${length}`, BODY),
    BAD_LENGTH,
  ]),
  ['two lengths', create(`Content-Length: 4\r\nContent-Length: ${BODY.length}`, BODY), BAD_LENGTH],
  ['the same length twice', create(`Content-Length: 4\r\nContent-Length: 4`, '{}{}'), BAD_LENGTH],
  ['a chunk size that is not hexadecimal', create('Transfer-Encoding: chunked', 'x\r\n'), BAD_CHUNK],
  ['a negative chunk size', create('Transfer-Encoding: chunked', '-1\r\n'), BAD_CHUNK],
  ['a chunk size that is too large', create('Transfer-Encoding: chunked', `${'f'.repeat(30)}\r\n`), BAD_CHUNK],
  // RFC 9112, section 7.1.1, allows white space there. Node's parser does not.
  ['a space behind a chunk size', create('Transfer-Encoding: chunked', '4 ;a=b\r\n{}{}\r\n'), BAD_CHUNK],
  ['spaces in a chunk extension', create('Transfer-Encoding: chunked', '4; a = b\r\n{}{}\r\n'), BAD_CHUNK],
  ['a chunk that is longer than it says', create('Transfer-Encoding: chunked', `1\r\n${BODY}\r\n`), BAD_CHUNK],
  ['a chunk size that ends in LF', create('Transfer-Encoding: chunked', '4\n{}{}\r\n'), BAD_CHUNK],
  [
    'chunk extensions of 20 KiB',
    create('Transfer-Encoding: chunked', `1;${'x'.repeat(20_480)}\r\n`),
    'The chunk extensions of the body are larger than 16 KiB.',
  ],
  ...['Content-Length: 4', 'Transfer-Encoding: chunked', 'transfer-encoding: gzip', 'Content-Length: x'].map(
    (trailer): [string, string, string] => [
      `a trailer ${trailer}`,
      create('Transfer-Encoding: chunked', `0\r\n${trailer}\r\n\r\n`),
      FRAMING_TRAILER,
    ],
  ),
  ['trailers of 20 KiB', create('Transfer-Encoding: chunked', `0\r\nX: ${'x'.repeat(20_480)}\r\n\r\n`), LONG_TRAILERS],
  ['two media types', create('Content-Type: text/plain\r\nConnection: close\r\nContent-Length: 0', ''), TWO_TYPES],
  [
    'two credentials',
    `${GET}Authorization: Basic eDp5\r\nauthorization: x\r\nConnection: close\r\n\r\n`,
    TWO_CREDENTIALS,
  ],
  ['RTSP', `${GET.replace('HTTP/1.1', 'RTSP/1.0')}\r\n`, OTHER_PROTOCOL],
  ['RTSP/1.1', `${GET.replace('HTTP/1.1', 'RTSP/1.1')}\r\n`, OTHER_PROTOCOL],
  ['a method of RTSP', `${GET.replace('HTTP/1.1', 'RTSP/1.0').replace('GET', 'DESCRIBE')}\r\n`, OTHER_PROTOCOL],
  ['ICE', `${GET.replace('HTTP/1.1', 'ICE/1.0').replace('GET', 'SOURCE')}\r\n`, OTHER_PROTOCOL],
  ['RTSP, with a long header', `${GET.replace('HTTP/1.1', 'RTSP/1.0')}a: ${'x'.repeat(5000)}\r\n\r\n`, OTHER_PROTOCOL],
  ['a field without a colon', `${GET}nocolon\r\n\r\n`, BAD_FIELD],
  ['a field without a name', `${GET}: x\r\n\r\n`, BAD_FIELD],
  ['a space in a name', `${GET}a b: x\r\n\r\n`, BAD_FIELD],
  ['a space behind a name', `${GET}a : x\r\n\r\n`, BAD_FIELD],
  ['a folded field', `${GET}a: b\r\n c\r\n\r\n`, BAD_FIELD],
  ['a NUL in a field', `${GET}a: \x00\r\n\r\n`, BAD_FIELD],
  ['a CR in a field', `${GET}a: b\rc\r\n\r\n`, BAD_FIELD],
  ['a field that ends in LF', `${GET}a: b\n\r\n`, BAD_FIELD],
  ['a header of 20 KiB', `${GET}a: ${'x'.repeat(20_480)}\r\n\r\n`, 'The header of the request is larger than 16 KiB.'],
  ['HTTP/0.9 without a version', 'GET /x\r\n\r\n', 'HTTP/0.9 is not supported on this connection. Use HTTP/1.1.'],
  ['HTTP/0.9', `${GET.replace('1.1', '0.9')}\r\n`, 'HTTP/0.9 is not supported on this connection. Use HTTP/1.1.'],
  ['HTTP/2.0', `${GET.replace('1.1', '2.0')}\r\n`, 'HTTP/2.0 is not supported on this connection. Use HTTP/1.1.'],
  ['HTTP/1.2', `${GET.replace('1.1', '1.2')}\r\n`, BAD_VERSION],
  ['HTTP/3.0', `${GET.replace('1.1', '3.0')}\r\n`, BAD_VERSION],
  ['http/1.1', `${GET.replace('HTTP', 'http')}\r\n`, 'The request line has an unknown method or HTTP version.'],
  ['a space in the target', 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n', TARGET_WITH_SPACE],
  ['spaces in the target', 'GET /a  b c HTTP/1.1\r\nHost: x\r\n\r\n', TARGET_WITH_SPACE],
  [
    'a request line that ends in CR',
    'GET /x HTTP/1.1\rHost: x\r\n\r\n',
    'The request cannot be read as HTTP/1.1: Expected CRLF after version.',
  ],
  [
    'a request line that ends in LF',
    'GET /x HTTP/1.1\nHost: x\n\n',
    'The request cannot be read as HTTP/1.1: Expected CRLF after version.',
  ],
  [
    'the preface of HTTP/2 (RFC 9113, section 3.4)',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'HTTP/2 is not supported on this connection. Use HTTP/1.1.',
  ],
  ['text', 'malformed\r\n\r\n', 'The request does not begin with a method that this server knows.'],
  [
    'TLS',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'The request does not begin with a method that this server knows.',
  ],
].map(([name = '', request = '', message = '']) => [String(name), String(request), message]);

const LAST = `${GET}Connection: close\r\n\r\n`;
const ACCEPTED: [name: string, request: string, status: number][] = [
  ['chunked', create('Connection: close\r\nTransfer-Encoding: chunked', CHUNKED), 201],
  ['Chunked', create('Connection: close\r\nTransfer-Encoding:\tChunked ', CHUNKED), 201],
  [
    'chunk extensions and trailers',
    create(
      'Connection: close\r\nTransfer-Encoding: chunked',
      `${CHUNKED.replace('\r\n', ';a=b\r\n').slice(0, -2)}X: y\r\n\r\n`,
    ),
    201,
  ],
  ['a length', create(`Connection: close\r\nContent-Length: ${BODY.length}`, BODY), 201],
  ['a length with zeros', create(`Connection: close\r\nContent-Length: 000${BODY.length}`, BODY), 201],
  ['HTTP/1.0', create(`Content-Length: ${BODY.length}`, BODY, '1.0'), 201],
  ['a body of a GET', `${GET}Connection: close\r\nContent-Length: 4\r\n\r\nbody`, 404],
  ['empty lines before it', `\r\n\r\n${LAST}`, 404],
  ['many empty lines before it', `${'\r\n'.repeat(70_000)}${LAST}`, 404],
  [
    'a body that begins with empty lines',
    create(`Connection: close\r\nContent-Length: ${LATE_BODY.length}`, LATE_BODY),
    201,
  ],
  [
    'a chunk that begins with empty lines',
    create('Connection: close\r\nTransfer-Encoding: chunked', chunked(LATE_BODY)),
    201,
  ],
  ['a body with a request line of RTSP', `${GET}Connection: close\r\nContent-Length: 13\r\n\r\nGET RTSP/1.0\r`, 404],
  ['SOURCE with HTTP', `${GET.replace('GET', 'SOURCE')}Connection: close\r\na: ICE/1.0\r\n\r\n`, 404],
];

describe.each(BOTH)('%s', (_, start) => {
  let target: LoggedTarget;
  beforeAll(async () => {
    target = await start();
  });
  afterAll(() => target.close());

  /** Sends one request. Checks that it gets one response, with its line in the log. */
  async function ask(request: string) {
    const [method = ''] = request.trim().split(' ');
    const [response, ...others] = readResponses(await sendBytes(target.url, request), [method]);
    if (!response) throw new Error(`There is no response to ${JSON.stringify(request.slice(0, 200))}.`);
    expect(others).toEqual([]);
    const id = response.headers['x-request-id'];
    expect(target.lines.filter(({ requestId }) => requestId === id)).toEqual([
      expect.objectContaining({ status: response.status }),
    ]);
    return response;
  }

  // Sends all at once, because the server waits a second for the end of some of them.
  it('returns 400 and closes the connection, whatever is wrong', async () => {
    const before = target.lines.length;
    const outcomes = await Promise.all(REJECTED.map(async ([name, request]) => [name, await ask(request)] as const));

    for (const [index, [name, response]] of outcomes.entries()) {
      expect([name, response.status, errorIn(response).type]).toEqual([name, 400, 'InvalidRequest']);
      expect(errorIn(response).message).toMatch(REJECTED[index]?.[2] ?? '');
      expect(response.headers.connection).toBe('close');
      expect(response.headers.date).toMatch(/ GMT$/);
    }
    expect(target.lines.slice(before)).toHaveLength(REJECTED.length);
  });

  it.each(ACCEPTED)('accepts %s', async (_name, request, status) => {
    expect((await ask(request)).status).toBe(status);
  });

  it('has no body in its response to HEAD, wherever the error is', async () => {
    const requests = REJECTED.map(([, request]) => request).filter((each) => /^(GET|POST) \S+ HTTP/.test(each));
    const bodies = requests.map(async (each) => (await ask(each.replace(/^(GET|POST)/, 'HEAD'))).body);

    expect(await Promise.all(bodies)).toEqual(requests.map(() => ''));
  });

  it.each(['POST /\r\nbroken', 'POST /\r\nbroken line\r\n', 'POST / HTTP/1.1\r\nbroken\r\n', 'POST /\x01', 'x\r\n'])(
    'has a body in its response to %j behind a HEAD',
    async (broken) => {
      const head = 'HEAD /nowhere HTTP/1.1\r\nHost: x\r\n\r\n';
      const text = await sendBytes(target.url, `${head}${broken}\r\n\r\n`);

      expect(readResponses(text, ['HEAD', 'POST']).map(({ status }) => status)).toEqual([404, 400]);
    },
  );

  it('has a body in its response to POST in front of a HEAD', async () => {
    const text = await sendBytes(target.url, 'POST / HTTP/1.1\r\nHost: x\r\n\nHEAD / HTTP/1.1\r\nHost: x\r\n\r\n');

    expect(readResponses(text, ['POST']).map(({ status }) => status)).toEqual([400]);
  });

  it.each([101, 128, 129, 3500])('returns 400 and closes when there are %i header fields', async (count) => {
    const response = await ask(`${GET}${'a:\r\n'.repeat(count - 1)}\r\n`);

    expect([response.status, errorIn(response).message, response.headers.connection]).toEqual([
      400,
      'The request has more than 100 header fields.',
      'close',
    ]);
  });

  it('accepts 100 header fields, including the last', async () => {
    const response = await ask(`${GET}${'a:\r\n'.repeat(98)}Connection: close\r\n\r\n`);

    expect([response.status, response.headers.connection]).toEqual([404, 'close']);
  });

  it('returns 400 as soon as the 102nd field arrives, before the end of the header', async () => {
    const text = await sendBytes(target.url, `HEAD / HTTP/1.1\r\nHost: x\r\n${'a:\r\n'.repeat(102)}`);

    expect(readResponses(text, ['HEAD'])).toMatchObject([{ status: 400, headers: { connection: 'close' } }]);
  });

  it('returns 400 when a body has more than 100 trailers', async () => {
    const trailers = 'a:\r\n'.repeat(102);
    const response = await ask(create('Transfer-Encoding: chunked', `0\r\n${trailers}\r\n`));

    expect([response.status, errorIn(response).message]).toEqual([400, LONG_TRAILERS]);
  });

  it.each([
    [100, 201],
    [101, 400],
  ])('accepts 100 trailers and no more: %i', async (count, status) => {
    const body = CHUNKED.replace(/\r\n$/, `${'a:\r\n'.repeat(count)}\r\n`);
    const text = await sendBytes(
      target.url,
      `${create('Transfer-Encoding: chunked', body)}${GET}Connection: close\r\n\r\n`,
    );

    expect(readResponses(text, ['POST', 'GET']).map((each) => each.status)).toEqual([status, 404]);
  });

  it.each(['Connection: close', 'connection: x, CLOSE', 'Proxy-Connection: close', 'X: y\r\nConnection:close'])(
    'says that it closes, and closes, when a trailer is %j',
    async (trailer) => {
      const body = CHUNKED.replace(/\r\n$/, `${trailer}\r\n\r\n`);
      const response = await ask(`${create('Transfer-Encoding: chunked', body)}${GET}\r\n`);

      expect([response.status, response.headers.connection]).toEqual([201, 'close']);
    },
  );

  it.each([
    ['401', (head: string) => head.replace(DEMO, 'Basic bm8=')],
    ['404', (head: string) => head.replace(PATH, '/api/x')],
    ['405', (head: string) => head.replace('POST', 'PUT')],
  ])('does not promise to stay open before the end of a body of chunks: %s', async (status, edit) => {
    const response = await ask(edit(create('Transfer-Encoding: chunked', '')));

    expect([String(response.status), response.headers.connection]).toEqual([status, 'close']);
  });

  it.each(['Connection: keep-alive', 'Connection: closed', 'X-Connection: close', 'Upgrade: close'])(
    'keeps the connection when a trailer is %j',
    async (trailer) => {
      const body = CHUNKED.replace(/\r\n$/, `${trailer}\r\n\r\n`);
      const text = await sendBytes(
        target.url,
        `${create('Transfer-Encoding: chunked', body)}${GET}Connection: close\r\n\r\n`,
      );

      expect(readResponses(text, ['POST', 'GET']).map(({ status }) => status)).toEqual([201, 404]);
    },
  );

  it('responds to no second request that is hidden in the body of a rejected one', async () => {
    const hidden = `${GET}\r\n`;
    const text = await sendBytes(
      target.url,
      create('Transfer-Encoding: gzip, chunked', `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n${hidden}`),
    );

    expect(readResponses(text, ['POST']).map(({ status }) => status)).toEqual([400]);
  });

  it('ignores what comes after a request with Connection: close (RFC 9112, section 9.6)', async () => {
    for (const behind of [`${GET}\r\n`, 'malformed\r\n\r\n', 'CONNECT localhost:80 HTTP/1.1\r\n\r\n']) {
      const text = await sendBytes(target.url, `${GET}Connection: close\r\n\r\n${behind}`);

      expect(readResponses(text, ['GET']).map(({ status }) => status)).toEqual([404]);
    }
  });
});
