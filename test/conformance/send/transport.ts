// Sends requests exactly as derived, which `fetch` does not, over keep-alive connections.
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { HttpRequest } from '../cases/case.ts';
import type { HttpResponse } from '../validate/validate-response.ts';
import { MalformedResponseError } from './malformed-response.ts';
import { exchangePipelined } from './pipelined.ts';
import { readText } from './read-text.ts';
import { takeHandlerError } from './serve-handler.ts';

export interface Transport {
  /**
   * Sends a request. Rejects when no complete response arrives within the timeout, with a `MalformedResponseError` if a
   * response has begun.
   */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Sends all requests at once, each on a connection of its own. */
  sendTogether(requests: readonly HttpRequest[]): Promise<HttpResponse[]>;
  /** Sends all requests at once on one connection. There may be fewer responses, because the server may close it. */
  sendPipelined(requests: readonly HttpRequest[]): Promise<HttpResponse[]>;
  /** A function like `send`, with a connection of its own as long as the server keeps it open. */
  openConnection(): { send(request: HttpRequest): Promise<HttpResponse>; close(): void };
  close(): void;
}

/** The default timeout: longer than any response should take, and short enough for runs in which some never come. */
export const TIMEOUT_MS = 30_000;

/** Where requests are sent, and the time limit of a complete response. */
interface Target {
  url: URL;
  /** The path of the base URL, without a slash at its end. */
  prefix: string;
  timeoutMs: number;
}

/** `base` is the base URL of the API, without a slash at its end. */
export function createTransport(base: string, connections: number, timeoutMs = TIMEOUT_MS): Transport {
  const url = new URL(base);
  const prefix = url.pathname.replace(/\/$/, '');
  const target = { url, prefix, timeoutMs };
  const Agent = url.protocol === 'https:' ? HttpsAgent : HttpAgent;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    send: (request) => exchange(target, request, agent),
    async sendTogether(requests) {
      const own = new Agent({ keepAlive: true, maxSockets: requests.length });
      try {
        return await Promise.all(requests.map((request) => exchange(target, request, own)));
      } finally {
        own.destroy();
      }
    },
    sendPipelined: (requests) =>
      exchangePipelined(
        url,
        requests.map((request) => ({ ...request, path: prefix + request.path })),
        timeoutMs,
      ),
    openConnection() {
      const own = new Agent({ keepAlive: true, maxSockets: 1 });
      return { send: (request) => exchange(target, request, own), close: () => own.destroy() };
    },
    close: () => agent.destroy(),
  };
}

function exchange(target: Target, sent: HttpRequest, pool: HttpAgent | HttpsAgent): Promise<HttpResponse> {
  const send = target.url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((settle, fail) => {
    let hasBegun = false;
    const request = send(toOptions(target, sent, pool), (response) => {
      hasBegun = true;
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', abort);
      response.on('end', () => {
        clearTimeout(timer);
        settle({ ...toResponse(response), ...readText(Buffer.concat(chunks)) });
      });
    });
    // Limits the complete response: a socket timeout never ends when a server keeps sending single bytes.
    const timer = setTimeout(
      () => request.destroy(new ResponseTimeoutError(`no complete response within ${target.timeoutMs / 1000} s`)),
      target.timeoutMs,
    );
    const readPorts = notePorts(request);
    const abort = (error: Error) => {
      clearTimeout(timer);
      const thrown = takeHandlerError(readPorts());
      if (thrown) fail(thrown);
      else
        fail(hasBegun || isParserError(error) ? new MalformedResponseError(explain(error), { cause: error }) : error);
    };
    request.on('error', abort);
    // No request asked for a 101 (RFC 9110, section 15.2.2), for which Node hands over the connection.
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      clearTimeout(timer);
      settle({ ...toResponse(response), text: '' });
    });
    // Covers anything else that ends a request, so that each one has an outcome.
    request.on('close', () => {
      if (!hasBegun) abort(new Error('the connection was closed'));
    });
    write(request, sent);
  });
}

function toOptions(
  { url, prefix }: Target,
  { method, path, headers, body, halfClose }: HttpRequest,
  pool: HttpAgent | HttpsAgent,
): RequestOptions {
  return {
    // A half-closed connection cannot be reused.
    agent: halfClose ? false : pool,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    method,
    path: prefix + path,
    headers: {
      ...headers,
      ...(body !== undefined && !('transfer-encoding' in headers) && { 'content-length': Buffer.byteLength(body) }),
    },
  };
}

/** Returns a function that returns the ports of client and server, once the request is connected. */
function notePorts(request: ClientRequest): () => string {
  let ports = '';
  request.on('socket', (socket) => {
    const note = () => {
      ports = `${socket.localPort} ${socket.remotePort}`;
    };
    if (socket.connecting) socket.once('connect', note);
    else note();
  });
  return () => ports;
}

/** Sends the body, after `100 Continue` if the request expects it, and then half-closes the connection if it must. */
function write(request: ClientRequest, { headers, body, halfClose }: HttpRequest): void {
  if (halfClose) request.on('finish', () => request.socket?.end());
  const end = () => {
    if ('transfer-encoding' in headers && body !== undefined) writeInChunks(request, body);
    else request.end(body);
  };
  // If neither response comes, the request fails at the timeout (RFC 9110, section 10.1.1).
  if ('expect' in headers) request.once('continue', end).flushHeaders();
  else end();
}

function toResponse({ statusCode = 0, headers }: IncomingMessage): Omit<HttpResponse, 'text'> {
  return {
    status: statusCode,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
  };
}

/** The number of chunks of a body. Those of a small body end inside its tokens. */
const CHUNKS = 5;

function writeInChunks(request: ClientRequest, body: string | Buffer): void {
  const bytes = Buffer.from(body);
  const size = Math.max(1, Math.ceil(bytes.length / CHUNKS));
  for (let from = 0; from < bytes.length; from += size) request.write(bytes.subarray(from, from + size));
  request.end();
}

/** Thrown when the time limit of one response has passed. */
export class ResponseTimeoutError extends Error {}

/** An error of Node's HTTP parser. */
function isParserError(error: Error): boolean {
  return 'code' in error && String(error.code).startsWith('HPE_');
}

function explain(error: Error): string {
  if (isParserError(error)) return `the response is not valid HTTP (${error.message.replace(/^Parse Error: /, '')})`;
  return error.message === 'aborted' ? 'the response ended before its Content-Length' : error.message;
}

/** A short reason for a missing response. */
export function explainNoResponse(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  // OpenSSL's message is long and names lines of its source files.
  if (code === 'EPROTO') return 'the server does not use TLS; try http instead of https';
  if (code === 'ENOTFOUND') return 'the host name has no address';
  // Node appends advice about its own flags, which npm and npx do not take.
  return error.message.trim().replace(/; if the root CA is .*$/, '') || code;
}
