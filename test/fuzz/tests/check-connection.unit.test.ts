// The model notices every kind of wrong response on a connection.
import { describe, expect, it } from 'vitest';
import { organizationWith } from '../../support/contract/organization.ts';
import { ResponseReader, WireError } from '../../support/http/wire-responses.ts';
import { ConnectionCheck, type Ending } from '../model/check-connection.ts';
import type { Rules } from '../model/check-response.ts';
import { readRequests } from '../model/read-requests.ts';
import { bytes, CREATE, ID, MISSING, OWNER, RULES, response } from './messages.ts';

const ORGANIZATION = organizationWith({ id: ID, owner: { id: OWNER, name: 'x' }, members: [] });

const CREATED = response('201 Created', JSON.stringify(ORGANIZATION));

const error = (status: string, type: string, more?: string) =>
  response(status, JSON.stringify({ error: { type, message: 'x' } }), more);

const NOT_FOUND = error('404 Not Found', 'NotFound');

const CLOSE = 'Connection: close\r\n';
const REJECTED = error('400 Bad Request', 'InvalidRequest', CLOSE);

interface CheckOptions {
  ending?: Ending;
  closes?: boolean;
  rules?: Rules;
}

/** The findings when the client sends one text, and the server sends the other and closes. */
const findingsIn = (sent: string, received: string, options?: CheckOptions) => check(sent, received, options).findings;

function check(sent: string, received: string, { ending = 'keep', closes = true, rules = RULES }: CheckOptions = {}) {
  const reader = new ResponseReader();
  const checked = new ConnectionCheck(readRequests(bytes(sent), rules), reader, rules, ending);
  reader.push(bytes(received));
  if (closes) reader.end();
  checked.finish();
  return checked;
}

describe('the request of a browser', () => {
  const sent = MISSING.replace('\r\n\r\n', '\r\nOrigin: https://a.example\r\n\r\n') + MISSING;
  const closing = error('404 Not Found', 'NotFound', 'Connection: close\r\n');

  it('may be the last of its connection to a mock', () => {
    const rules = { ...RULES, mock: true };

    expect(findingsIn(sent, closing, { rules })).toEqual([]);
    expect(findingsIn(sent, closing + NOT_FOUND, { rules })).not.toEqual([]);
  });

  it('keeps its connection to a server', () => {
    expect(findingsIn(sent, NOT_FOUND + NOT_FOUND, { closes: false })).toEqual([]);
    expect(findingsIn(sent, closing)).not.toEqual([]);
  });
});

describe('a proxy', () => {
  const rules = { ...RULES, relaxed: true };

  it('may reject any request in the envelope, if it closes the connection', () => {
    expect(findingsIn(MISSING + MISSING, REJECTED, { rules })).toEqual([]);
    expect(findingsIn(MISSING, error('413 Payload Too Large', 'PayloadTooLarge', CLOSE), { rules })).toEqual([]);
    expect(findingsIn(MISSING + MISSING, REJECTED)).not.toEqual([]);
    expect(findingsIn(MISSING, REJECTED.replace(CLOSE, ''), { rules, closes: false })).not.toEqual([]);
    expect(findingsIn(MISSING, error('400 Bad Request', 'MalformedJson', CLOSE), { rules })).not.toEqual([]);
  });

  it('may lose the response to a request with a close when more follows', () => {
    const last = CREATE.replace('Host: x', 'Host: x\r\nConnection: close');

    expect(findingsIn(last + CREATE, '', { rules })).toEqual([]);
    expect(findingsIn(last, '', { rules })).not.toEqual([]);
    expect(findingsIn(CREATE + CREATE, '', { rules })).not.toEqual([]);
    expect(findingsIn(last + CREATE, '')).not.toEqual([]);
  });

  it('may have an idempotency key of an earlier run, whose conflict is no create to be compared', () => {
    const sent = CREATE.replace('Host: x', 'Host: x\r\nIdempotency-Key: k');
    const conflict = error('409 Conflict', 'IdempotencyKeyReused');

    expect(check(sent, conflict).creates).toHaveLength(1);
    expect(check(sent, conflict, { rules }).creates).toEqual([]);
    expect(check(sent, conflict, { rules }).findings).toEqual([]);
    // Keys that differ between runs, as most do, are still compared.
    expect(check(sent.replace('Key: k', 'Key: a00000k7z'), conflict, { rules }).creates).toHaveLength(1);
  });
});

describe('a request in chunks', () => {
  const sent = CREATE.replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked').replace(
    /(?<=\r\n\r\n).*/s,
    (body) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  );

  it('may be the last of its connection', () => {
    const closing = CREATED.replace('X-R', 'Connection: close\r\nX-R');

    expect(findingsIn(sent + MISSING, closing)).toEqual([]);
    expect(findingsIn(sent + MISSING, closing + NOT_FOUND)).not.toEqual([]);
  });

  it('has a response, and so have later ones if the connection stays open', () => {
    expect(findingsIn(sent + MISSING, CREATED + NOT_FOUND)).toEqual([]);
    expect(findingsIn(sent + MISSING, CREATED)).not.toEqual([]);
    expect(findingsIn(sent, '')).not.toEqual([]);
  });

  it.each([
    ['513 of a byte', [513, 1], true],
    ['512 of a byte', [512, 1], false],
    ['10,241 of 32 bytes', [10_241, 32], true],
    ['10,240 of 32 bytes', [10_240, 32], false],
  ] as const)('may be rejected with 413 for many small chunks: %s', (_, [count, size], mayBeRejected) => {
    const chunks = `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`.repeat(count);
    const body = sent.replace(/(?<=\r\n\r\n).*/s, `${chunks}0\r\n\r\n`);

    expect(findingsIn(body, error('413 Payload Too Large', 'PayloadTooLarge', CLOSE)).length === 0).toBe(mayBeRejected);
    expect(findingsIn(body, error('400 Bad Request', 'MalformedJson', CLOSE))).toEqual([]);
  });
});

describe('ConnectionCheck', () => {
  it.each([
    ['a create', CREATE, CREATED],
    ['several requests', CREATE + MISSING + CREATE, CREATED + NOT_FOUND + CREATED],
    ['a malformed one behind a valid one', `${CREATE}malformed\r\n\r\n`, CREATED + REJECTED],
    [
      'one that is unfinished, with an early response',
      CREATE.slice(0, -5).replace('a2V5', 'xxxx'),
      error(
        '401 Unauthorized',
        'Unauthorized',
        'WWW-Authenticate: Basic realm="customer-organizations", charset="UTF-8"\r\n',
      ),
    ],
    ['one that is unfinished, without a response', CREATE.slice(0, -5), ''],
    [
      'Expect: 100-continue',
      CREATE.replace('Host', 'Expect: 100-continue\r\nHost'),
      `HTTP/1.1 100 Continue\r\n\r\n${CREATED}`,
    ],
    ['HEAD', MISSING.replace('GET', 'HEAD'), NOT_FOUND.slice(0, NOT_FOUND.indexOf('{'))],
    ['HEAD behind white space', MISSING.replace('GET', ' HEAD'), REJECTED.slice(0, REJECTED.indexOf('{'))],
  ])('finds no problem in correct responses to %s', (_name, sent, received) => {
    expect(findingsIn(sent, received)).toEqual([]);
  });

  it.each([
    ['no response', CREATE, '', /^no response to message 1, POST \(complete\), but a close/],
    ['half a response', CREATE, CREATED.slice(0, -1), /^a response that is not complete/],
    ['two responses', CREATE, CREATED + CREATED, /^a response that no request asked for/],
    ['responses in another order', MISSING + CREATE, CREATED + NOT_FOUND, /^201 in response to message 1, GET/],
    ['another status', CREATE, CREATED.replace('201', '200'), /^200 in response to message 1/],
    ['a failure', CREATE, error('500 Internal Server Error', 'InternalError'), /^500 InternalError in response/],
    ['another error type', MISSING, error('404 Not Found', 'Unauthorized'), /allowed: 404 NotFound$/],
    ['no request ID', CREATE, CREATED.replace('X-Request-Id', 'X-Other'), /without X-Request-Id$/],
    [
      'no version',
      CREATE,
      CREATED.replace('Sequence-Version', 'X-Other'),
      /breaks the contract: The header Sequence-Version is missing/,
    ],
    ['HTML', MISSING, NOT_FOUND.replace('application/json', 'text/html'), /breaks the contract: The media type/],
    [
      'a header of its own',
      CREATE,
      CREATED.replace('X-Request-Id', 'X-Powered-By: x\r\nX-Request-Id'),
      /breaks the contract: The header x-powered-by is not declared/,
    ],
    [
      'other members',
      CREATE,
      response('201 Created', JSON.stringify({ ...ORGANIZATION, members: [{ id: ID, name: 'x' }] })),
      /, with .* instead of /,
    ],
    [
      'a create from a malformed request',
      CREATE.replace('Host: x', 'Host: a@b'),
      CREATED,
      /^201 in response to message 1, POST \(complete, an invalid Host\)/,
    ],
    [
      'a create from half a request',
      CREATE.slice(0, -1),
      CREATED,
      /^201 in response to message 1, POST \(unfinished\)/,
    ],
    [
      'a body in the response to HEAD',
      MISSING.replace('GET', 'HEAD'),
      NOT_FOUND,
      /^a response that no request asked for/,
    ],
    [
      'a close that nobody asked for',
      CREATE + CREATE,
      CREATED.replace('X-R', 'Connection: close\r\nX-R'),
      /with a close in response to message 1.*, which asks for no close$/,
    ],
    ['a rejection of what is valid', CREATE, REJECTED, /^400 InvalidRequest with a close in response to message 1/],
    [
      'an interim response that nobody asked for',
      CREATE,
      `HTTP/1.1 100 Continue\r\n\r\n${CREATED}`,
      /, behind the interim responses 100/,
    ],
    ['what is not HTTP', CREATE, '<html>', /does not begin a response/],
  ])('notices %s', (_name, sent, received, finding) => {
    expect(findingsIn(sent, received)).toEqual([expect.stringMatching(finding)]);
  });

  it('notices a connection that stays open after a rejection', () => {
    expect(findingsIn('malformed\r\n\r\n', REJECTED, { closes: false })).toEqual([
      'a connection that the server does not close',
    ]);
  });

  it('notices a half-closed client without a response', () => {
    expect(findingsIn(CREATE, '', { ending: 'half-close' })).toEqual([expect.stringContaining('no response')]);
  });

  it('expects no response when the client has gone', () => {
    expect(findingsIn(CREATE, '', { ending: 'reset' })).toEqual([]);
  });
});

describe('ResponseReader', () => {
  it.each([
    ['a lone LF', CREATED.replace('\r\n', '\n')],
    ['a folded line', CREATED.replace('X-Request-Id: ', 'X-Request-Id:\r\n ')],
    ['two lengths', CREATED.replace('Content-Length', 'Content-Length: 1\r\nContent-Length')],
    ['length and chunks', CREATED.replace('Content-Length', 'Transfer-Encoding: chunked\r\nContent-Length')],
    ['another version', CREATED.replace('HTTP/1.1', 'HTTP/1.0')],
    ['a length in 204', 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n'],
    [
      'a chunk that does not end where its size says',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n',
    ],
  ])('rejects a response with %s', (_name, received) => {
    const reader = new ResponseReader();
    reader.push(bytes(received));

    expect(() => reader.next('POST')).toThrow(WireError);
  });

  it('reads chunks, and bodies that end with the connection', () => {
    const reader = new ResponseReader();
    reader.push(
      bytes(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\nd',
      ),
    );

    expect(reader.next('GET')).toMatchObject({ body: Buffer.from('abc'), last: false });
    expect(reader.next('GET')).toBeUndefined();
    reader.end();
    expect(reader.next('GET')).toMatchObject({ body: Buffer.from('d'), last: true });
  });
});
