// Sends requests exactly as derived, which `fetch` does not, over keep-alive connections.
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { HttpRequest } from './case.ts';
import type { HttpResponse } from './validate-response.ts';

/** The implementation has begun a response that is not valid HTTP, or never complete. */
export class MalformedResponseError extends Error {}

export interface Transport {
  /**
   * Rejects when no complete response arrives within the timeout: with a `MalformedResponseError` when a response has
   * begun.
   */
  send(request: HttpRequest): Promise<HttpResponse>;
  close(): void;
}

/** Longer than any response should take, and short enough for runs in which some requests never get one. */
export const TIMEOUT_MS = 30_000;

/** `base` is the base URL of the API, without a slash at its end. */
export function createTransport(base: string, connections: number, timeoutMs = TIMEOUT_MS): Transport {
  const url = new URL(base);
  const secure = url.protocol === 'https:';
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: connections });
  const prefix = url.pathname.replace(/\/$/, '');
  return {
    send: (request) => exchange(request),
    close: () => agent.destroy(),
  };

  function exchange({ method, path, headers, body }: HttpRequest): Promise<HttpResponse> {
    return new Promise((settle, fail) => {
      let hasBegun = false;
      const options = {
        agent,
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port,
        method,
        path: prefix + path,
        headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
      };
      const request = (secure ? httpsRequest : httpRequest)(options, (response) => {
        hasBegun = true;
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', abort);
        response.on('end', () => {
          clearTimeout(timer);
          settle({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
            text: Buffer.concat(chunks).toString(),
          });
        });
      });
      // Limits the complete response: a socket timeout never ends when a server keeps sending single bytes.
      const timer = setTimeout(
        () => request.destroy(new Error(`no complete response within ${timeoutMs / 1000} s`)),
        timeoutMs,
      );
      const abort = (error: Error) => {
        clearTimeout(timer);
        fail(hasBegun || isParserError(error) ? new MalformedResponseError(explain(error), { cause: error }) : error);
      };
      request.on('error', abort);
      request.end(body);
    });
  }
}

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
  return error.message.trim() || code;
}
