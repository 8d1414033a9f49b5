// Sends several requests on one connection without waiting for responses, which no HTTP client does.
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { HttpRequest } from '../cases/case.ts';
import type { HttpResponse } from '../validate/validate-response.ts';
import { MalformedResponseError } from './malformed-response.ts';
import { readText } from './read-text.ts';

/**
 * Resolves with the responses in their order: with as many as requests, or with fewer when the server closes the
 * connection and has announced that. Rejects when it closes without notice, and at the timeout.
 */
export function exchangePipelined(
  url: URL,
  requests: readonly HttpRequest[],
  timeoutMs: number,
): Promise<HttpResponse[]> {
  return new Promise((settle, fail) => {
    const secure = url.protocol === 'https:';
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(url.port || (secure ? 443 : 80));
    const socket = secure ? connectTls({ host, port, servername: host }) : connect({ host, port });
    const responses: HttpResponse[] = [];
    let received = Buffer.alloc(0);
    const finish = (error?: Error) => {
      clearTimeout(timer);
      socket.destroy();
      const isAnnounced = /\bclose\b/i.test(responses.at(-1)?.headers.connection ?? '');
      if (responses.length === requests.length || (isAnnounced && responses.length > 0)) settle(responses);
      else if (received.length > 0) fail(new MalformedResponseError('the response ended early', { cause: error }));
      else
        fail(error ?? new Error(`the connection was closed after ${responses.length} of ${requests.length} responses`));
    };
    const timer = setTimeout(
      () => finish(new Error(`only ${responses.length} of ${requests.length} responses within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    socket.on('error', finish);
    socket.on('close', () => finish());
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      try {
        for (let read = readResponse(received); read; read = readResponse(received)) {
          received = received.subarray(read.length);
          // Nothing on the connection is HTTP any longer (RFC 9110, section 15.2.2).
          if (read.response.status === 101) throw new MalformedResponseError('the server switched the protocol');
          if (read.response.status >= 200) responses.push(read.response);
          if (responses.length === requests.length) return finish();
        }
      } catch (error) {
        clearTimeout(timer);
        socket.destroy();
        fail(error);
      }
    });
    socket.write(Buffer.concat(requests.map((request) => writeRequest(url, request))));
  });
}

function writeRequest({ host }: URL, { method, path, headers, body = '' }: HttpRequest): Buffer {
  const lines = Object.entries({ host, ...headers, 'content-length': Buffer.byteLength(body) });
  const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]);
}

/** The first response; undefined while it is incomplete. @throws MalformedResponseError when it is not HTTP */
function readResponse(bytes: Buffer): { response: HttpResponse; length: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})\b/.exec(first)?.[1]);
  if (!status) throw new MalformedResponseError(`the response is not valid HTTP: ${first.slice(0, 80)}`);
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const body = /\bchunked\b/i.test(headers['transfer-encoding'] ?? '')
    ? readChunks(bytes, end + 4)
    : readBytes(bytes, end + 4, status < 200 || status === 204 ? 0 : Number(headers['content-length'] ?? 0));
  return body && { response: { status, headers, ...readText(body.bytes) }, length: body.length };
}

function readBytes(bytes: Buffer, from: number, count: number): { bytes: Buffer; length: number } | undefined {
  if (!Number.isSafeInteger(count)) throw new MalformedResponseError('the response has an invalid Content-Length');
  return bytes.length < from + count ? undefined : { bytes: bytes.subarray(from, from + count), length: from + count };
}

/** RFC 9112, section 7.1, without trailers. */
function readChunks(bytes: Buffer, from: number): { bytes: Buffer; length: number } | undefined {
  const chunks: Buffer[] = [];
  for (let at = from; ; ) {
    const end = bytes.indexOf('\r\n', at);
    if (end === -1) return undefined;
    const size = Number.parseInt(bytes.subarray(at, end).toString('latin1'), 16);
    if (Number.isNaN(size)) throw new MalformedResponseError('the response has an invalid chunk');
    if (bytes.length < end + 2 + size + 2) return undefined;
    chunks.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
    if (size === 0) return { bytes: Buffer.concat(chunks), length: at };
  }
}
