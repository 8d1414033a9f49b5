// The messages that the model finds in the bytes of a client.
import { describe, expect, it } from 'vitest';
import { readRequests } from '../model/read-requests.ts';
import { BODY, bytes, CREATE, HEADERS, MISSING, POST, RULES } from './messages.ts';

function statesOf(text: string): string[] {
  return readRequests(bytes(text), RULES).map(({ state, reason, doubts }) =>
    [state, reason, ...doubts].filter(Boolean).join(', '),
  );
}

describe('readRequests', () => {
  it('finds each of several requests, with its parts', () => {
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
  ])('requires %s to be rejected, and reads nothing after it', (_name, text, reason) => {
    expect(statesOf(text + MISSING)).toEqual([`malformed, ${reason}`]);
  });

  it.each([
    ['a folded line', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n', 'a folded header line'],
    ['a lone LF', 'GET / HTTP/1.1\nHost: x\r\n\r\n', 'a lone LF'],
    ['a target that is none', 'GET x HTTP/1.1\r\nHost: x\r\n\r\n', 'an invalid request target'],
    ['an unknown method', 'FOO / HTTP/1.1\r\nHost: x\r\n\r\n', 'an unknown method'],
  ])('allows %s to be rejected or processed', (_name, text, doubt) => {
    expect(statesOf(text)).toEqual([`complete, ${doubt}`]);
  });

  it.each([
    ['no Host', '', 'no Host'],
    ['two Hosts', 'Host: x\r\nHost: x\r\n', 'more than one Host'],
    ['two media types', 'Host: x\r\nContent-Type: a/b\r\ncontent-type: a/b\r\n', 'more than one content-type'],
    ['user information in Host', 'Host: a@b\r\n', 'an invalid Host'],
    ['an IPv6 Host that is not closed', 'Host: [::1\r\n', 'an invalid Host'],
    ['an IPv6 Host that is none', 'Host: [1]\r\n', 'an invalid Host'],
  ])('requires %s to be rejected, and reads on', (_name, host, violation) => {
    const messages = readRequests(bytes(`GET / HTTP/1.1\r\n${host}\r\n${MISSING}`), RULES);

    expect(messages).toMatchObject([{ state: 'complete', violation, persistence: 'either' }, { state: 'complete' }]);
  });

  it('reports every proper prefix of a request as unfinished', () => {
    const beginnings = Array.from(CREATE, (_, index) => CREATE.slice(0, index + 1)).slice(0, -1);

    expect(new Set(beginnings.flatMap(statesOf))).toEqual(new Set(['unfinished']));
  });

  it('reads nothing after a request that asks for a close', () => {
    expect(statesOf(CREATE.replace('Host', 'Connection: close\r\nHost') + CREATE)).toEqual(['complete']);
  });
});
