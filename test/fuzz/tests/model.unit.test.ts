// The model that the fuzzer holds servers to: what it finds in the bytes of a client, and that it notices every kind
// of wrong response.
import { describe, expect, it } from 'vitest';
import { organizationWith } from '../../support/contract/organization.ts';
import { ResponseReader, WireError } from '../../support/http/wire-responses.ts';
import { ConnectionCheck, type Ending } from '../model/check-connection.ts';
import type { Rules } from '../model/check-response.ts';
import { Ledger } from '../model/ledger.ts';
import { readRequests } from '../model/read-requests.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const ID = '0190ff7e-3b1c-7d52-9c0e-4a6f8b2d1e35';
const RULES: Rules = {
  ...{ mock: false, relaxed: false, clientId: 'key', secret: 'secret' },
  customers: new Set([OWNER]),
};

const BODY = JSON.stringify({ ownerId: OWNER, memberIds: [] });
const POST = 'POST /api/customer-organizations HTTP/1.1\r\n';
const HEADERS = 'Host: x\r\nAuthorization: Basic a2V5OnNlY3JldA==\r\nContent-Type: application/json\r\n';
const CREATE = `${POST}${HEADERS}Content-Length: ${BODY.length}\r\n\r\n${BODY}`;
const MISSING = 'GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n';
const bytes = (text: string) => Buffer.from(text, 'latin1');

function statesOf(text: string): string[] {
  return readRequests(bytes(text), RULES).map(({ state, reason, doubts }) =>
    [state, reason, ...doubts].filter(Boolean).join(', '),
  );
}

describe('readRequests', () => {
  it('finds each of several requests, with what is theirs', () => {
    const chunks = '3;a="b\\""\r\nabc\r\n0001\r\nd\r\n0\r\nX: y\r\n\r\n';
    const chunked = `${POST}${HEADERS}Transfer-Encoding: chunked\r\n\r\n${chunks}`;

    const messages = readRequests(bytes(`${CREATE}\r\n${chunked}${MISSING}`), RULES);

    expect(messages.map(({ state, method, body, persistence }) => [state, method, String(body), persistence])).toEqual([
      ['complete', 'POST', BODY, 'keep'],
      ['complete', 'POST', 'abcd', 'keep'],
      ['complete', 'GET', '', 'keep'],
    ]);
    expect(messages.flatMap(({ doubts }) => doubts)).toEqual([]);
  });

  it.each([
    ['a control character in the target', 'GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n', 'the request line'],
    ['no version', 'GET /\r\n\r\n', 'the request line'],
    ['white space before a colon', 'GET / HTTP/1.1\r\nHost : x\r\n\r\n', 'a header line'],
    ['NUL in a value', 'GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n', 'a control character in a header value'],
    ['a lone CR', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n', 'a lone CR'],
    ['a negative length', `${POST}Host: x\r\nContent-Length: -1\r\n\r\n`, 'an invalid Content-Length'],
    ['two lengths', `${POST}Host: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`, 'an invalid Content-Length'],
    [
      'length and chunks',
      `${POST}Host: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      'both Content-Length and Transfer-Encoding',
    ],
    [
      'another transfer coding',
      `${POST}Host: x\r\nTransfer-Encoding: foo, chunked\r\n\r\n0\r\n\r\n`,
      'a transfer coding other than chunked',
    ],
    [
      'a chunk that is too long',
      `${POST}Host: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n`,
      'a chunk that does not end where its size says',
    ],
    ['a signed chunk size', `${POST}Host: x\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n`, 'a chunk size'],
    ['CONNECT', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', 'CONNECT, for this server is no proxy'],
  ])('has %s rejected, and reads nothing after it', (_name, text, reason) => {
    expect(statesOf(text + MISSING)).toEqual([`malformed, ${reason}`]);
  });

  it.each([
    ['a folded line', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n', 'a folded header line'],
    ['a lone LF', 'GET / HTTP/1.1\nHost: x\r\n\r\n', 'a lone LF'],
    ['a target that is none', 'GET x HTTP/1.1\r\nHost: x\r\n\r\n', 'an invalid request target'],
    ['an unknown method', 'FOO / HTTP/1.1\r\nHost: x\r\n\r\n', 'an unknown method'],
  ])('lets %s be rejected or processed', (_name, text, doubt) => {
    expect(statesOf(text)).toEqual([`complete, ${doubt}`]);
  });

  it.each([
    ['no Host', '', 'no Host'],
    ['two Hosts', 'Host: x\r\nHost: x\r\n', 'more than one Host'],
    ['two media types', 'Host: x\r\nContent-Type: a/b\r\ncontent-type: a/b\r\n', 'more than one content-type'],
    ['user information in Host', 'Host: a@b\r\n', 'an invalid Host'],
    ['an IPv6 Host that is not closed', 'Host: [::1\r\n', 'an invalid Host'],
    ['an IPv6 Host that is none', 'Host: [1]\r\n', 'an invalid Host'],
  ])('has %s rejected, and reads on', (_name, host, violation) => {
    const messages = readRequests(bytes(`GET / HTTP/1.1\r\n${host}\r\n${MISSING}`), RULES);

    expect(messages).toMatchObject([{ state: 'complete', violation, persistence: 'either' }, { state: 'complete' }]);
  });

  it('finds every proper beginning of a request unfinished', () => {
    const beginnings = Array.from(CREATE, (_, index) => CREATE.slice(0, index + 1)).slice(0, -1);

    expect(new Set(beginnings.flatMap(statesOf))).toEqual(new Set(['unfinished']));
  });

  it('reads nothing after a request that asks for a close', () => {
    expect(statesOf(CREATE.replace('Host', 'Connection: close\r\nHost') + CREATE)).toEqual(['complete']);
  });
});

const response = (status: string, body: string, more = '') =>
  [
    `HTTP/1.1 ${status}\r\nX-Request-Id: ${ID}\r\nSequence-Version: 2024-07-30\r\n`,
    `Content-Type: application/json; charset=utf-8\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`,
  ].join('');
const ORGANIZATION = organizationWith({ id: ID, owner: { id: OWNER, name: 'x' }, members: [] });
const CREATED = response('201 Created', JSON.stringify(ORGANIZATION));
const error = (status: string, type: string, more?: string) =>
  response(status, JSON.stringify({ error: { type, message: 'x' } }), more);
const NOT_FOUND = error('404 Not Found', 'NotFound');
const REFUSED = error('400 Bad Request', 'InvalidRequest', 'Connection: close\r\n');

/** What is found when the client sends one text, the server the other, and closes. */
function findingsIn(
  sent: string,
  received: string,
  { ending = 'keep', closes = true, rules = RULES }: { ending?: Ending; closes?: boolean; rules?: Rules } = {},
) {
  const reader = new ResponseReader();
  const check = new ConnectionCheck(readRequests(bytes(sent), rules), reader, rules, ending);
  reader.push(bytes(received));
  if (closes) reader.end();
  check.finish();
  return check.findings;
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

describe('ConnectionCheck', () => {
  it.each([
    ['a create', CREATE, CREATED],
    ['several requests', CREATE + MISSING + CREATE, CREATED + NOT_FOUND + CREATED],
    ['a malformed one behind a valid one', `${CREATE}malformed\r\n\r\n`, CREATED + REFUSED],
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
    ['HEAD behind white space', MISSING.replace('GET', ' HEAD'), REFUSED.slice(0, REFUSED.indexOf('{'))],
  ])('finds nothing wrong with the right responses to %s', (_name, sent, received) => {
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
    ['a refusal of what is valid', CREATE, REFUSED, /^400 InvalidRequest with a close in response to message 1/],
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
    expect(findingsIn('malformed\r\n\r\n', REFUSED, { closes: false })).toEqual([
      'a connection that the server does not close',
    ]);
  });

  it('notices a half-closed client without a response', () => {
    expect(findingsIn(CREATE, '', { ending: 'half-close' })).toEqual([expect.stringContaining('no response')]);
  });

  it('asks for no response when the client has gone', () => {
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

  it('reads chunks, and what ends with the connection', () => {
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

describe('Ledger', () => {
  const creation = { owner: OWNER, members: [], fingerprint: 'a', key: undefined };
  const created = (id: string, more = {}) => ({
    creation: { ...creation, ...more },
    response: { status: 201, id, replayed: false },
  });
  const stored = (id: string, owner = OWNER) => ({ id, owner, members: [] });

  it('finds nothing wrong with what was acknowledged and what may have been created', () => {
    const ledger = new Ledger();

    expect(
      ledger.record([
        created('1'),
        created('2', { key: 'k' }),
        created('2', { key: 'k' }),
        { creation, response: undefined },
      ]),
    ).toEqual([]);
    expect(ledger.audit([stored('1'), stored('2')])).toEqual([]);
    expect(ledger.audit([stored('1'), stored('2'), stored('3')])).toEqual([]);
  });

  it.each([
    ['what is lost', [], /^the acknowledged organization 1 is not stored/],
    ['what is stored twice', [stored('1'), stored('1')], /^the organization 1 is stored twice/],
    ['what nobody asked for', [stored('1'), stored('2')], /^an organization that no complete request asked for/],
    ['what is stored otherwise', [stored('1', ID)], /^the organization 1 is stored as/],
  ])('notices %s', (_name, all, finding) => {
    const ledger = new Ledger();
    ledger.record([created('1')]);

    expect(ledger.audit(all)).toEqual([expect.stringMatching(finding)]);
  });

  it('notices two organizations for one key, and one ID for two requests', () => {
    expect(new Ledger().record([created('1', { key: 'k' }), created('2', { key: 'k' })])).toEqual([
      'two organizations for one idempotency key',
    ]);
    expect(new Ledger().record([created('1'), created('1')])).toEqual(['one ID twice, without an idempotency key']);
  });
});
