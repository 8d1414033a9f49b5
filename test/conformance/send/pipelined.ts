// Sends several requests on one connection without waiting for responses, which no HTTP client does.
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { HttpRequest } from '../cases/case.ts';
import type { HttpResponse } from '../validate/validate-response.ts';
import { MalformedResponseError } from './malformed-response.ts';
import { readText } from './read-text.ts';

/**
 * Resolves with the responses in order. There is one for each request, or fewer if the server announces that it closes
 * the connection. Rejects when it closes without notice, and at the timeout.
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
      const last = responses.at(-1);
      const isAnnounced = last && (/\bclose\b/i.test(last.headers.connection ?? '') || endsWithConnection(last));
      if (responses.length === requests.length || isAnnounced) settle(responses);
      else if (received.length > 0) fail(new MalformedResponseError('the response ended early', { cause: error }));
      else
        fail(error ?? new Error(`the connection was closed after ${responses.length} of ${requests.length} responses`));
    };
    const timer = setTimeout(
      () => finish(new Error(`only ${responses.length} of ${requests.length} responses within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    const read = (isEnd: boolean) => {
      try {
        for (let found = readResponse(received, isEnd); found; found = readResponse(received, isEnd)) {
          received = received.subarray(found.length);
          // The connection has left HTTP (RFC 9110, section 15.2.2).
          if (found.response.status === 101) throw new MalformedResponseError('the server switched the protocol');
          if (found.response.status >= 200) responses.push(found.response);
          if (responses.length === requests.length) return finish();
        }
        if (isEnd) finish();
      } catch (error) {
        clearTimeout(timer);
        socket.destroy();
        fail(error);
      }
    };
    socket.on('error', finish);
    socket.on('close', () => read(true));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      read(false);
    });
    socket.write(Buffer.concat(requests.map((request) => writeRequest(url, request))));
  });
}

function writeRequest({ host }: URL, { method, path, headers, body = '' }: HttpRequest): Buffer {
  const lines = Object.entries({ host, ...headers, 'content-length': Buffer.byteLength(body) });
  const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]);
}

/** Whether a response has no length, so that its body ends with the connection (RFC 9112, section 6.3). */
function endsWithConnection({ status, headers }: Pick<HttpResponse, 'status' | 'headers'>): boolean {
  const hasLength = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  return !hasLength && status >= 200 && status !== 204 && status !== 304;
}

/**
 * The first response; undefined while it is incomplete. `isEnd`: whether the server has closed the connection.
 *
 * @throws MalformedResponseError when it is not HTTP
 */
function readResponse(bytes: Buffer, isEnd: boolean): { response: HttpResponse; length: number } | undefined {
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
  if (endsWithConnection({ status, headers }) && !isEnd) return undefined;
  const rest = bytes.length - end - 4;
  const length = endsWithConnection({ status, headers }) ? rest : Number(headers['content-length'] ?? 0);
  const body = /\bchunked\b/i.test(headers['transfer-encoding'] ?? '')
    ? readChunks(bytes, end + 4)
    : readBytes(bytes, end + 4, status < 200 || status === 204 || status === 304 ? 0 : length);
  return body && { response: { status, headers, ...readText(body.bytes) }, length: body.length };
}

function readBytes(bytes: Buffer, from: number, count: number): { bytes: Buffer; length: number } | undefined {
  if (!Number.isSafeInteger(count)) throw new MalformedResponseError('the response has an invalid Content-Length');
  return bytes.length < from + count ? undefined : { bytes: bytes.subarray(from, from + count), length: from + count };
}

/** A chunked body (RFC 9112, section 7.1). Extensions and trailers are ignored. */
function readChunks(bytes: Buffer, from: number): { bytes: Buffer; length: number } | undefined {
  const chunks: Buffer[] = [];
  for (let at = from; ; ) {
    const end = bytes.indexOf('\r\n', at);
    if (end === -1) return undefined;
    const size = Number.parseInt(bytes.subarray(at, end).toString('latin1'), 16);
    if (Number.isNaN(size)) throw new MalformedResponseError('the response has an invalid chunk');
    if (size === 0) return readTrailers(bytes, end + 2, chunks);
    if (bytes.length < end + 2 + size + 2) return undefined;
    chunks.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

/** Skips the trailers, which are lines up to an empty one (RFC 9112, section 7.1.2). */
function readTrailers(bytes: Buffer, from: number, chunks: Buffer[]): { bytes: Buffer; length: number } | undefined {
  for (let at = from; ; ) {
    const end = bytes.indexOf('\r\n', at);
    if (end === -1) return undefined;
    if (end === at) return { bytes: Buffer.concat(chunks), length: end + 2 };
    at = end + 2;
  }
}
