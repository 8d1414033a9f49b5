// Sends requests exactly as derived, which `fetch` does not, over connections that are kept open.
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Sent } from './case.ts';
import type { Reply } from './validate-response.ts';

export interface Transport {
  /** Rejects when there is no whole answer within the time-out. */
  send(sent: Sent): Promise<Reply>;
  close(): void;
}

/** Longer than any answer should take, and short enough for a run that meets a server which never answers some requests. */
export const TIMEOUT_MS = 30_000;

/** `base` is the base URL of the API, without a slash at its end. */
export function createTransport(base: string, connections: number, timeoutMs = TIMEOUT_MS): Transport {
  const url = new URL(base);
  const secure = url.protocol === 'https:';
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: connections });
  const prefix = url.pathname.replace(/\/$/, '');
  return {
    send: (sent) => exchange(sent),
    close: () => agent.destroy(),
  };

  function exchange({ method, path, headers, body }: Sent): Promise<Reply> {
    return new Promise((settle, fail) => {
      const options = {
        agent,
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port,
        method,
        path: prefix + path,
        headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
      };
      const request = (secure ? httpsRequest : httpRequest)(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', give);
        response.on('end', () => {
          clearTimeout(timer);
          settle({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
            text: Buffer.concat(chunks).toString(),
          });
        });
      });
      // For the whole answer: the time-out of a socket would wait for ever for a server that sends a byte now and then.
      const timer = setTimeout(
        () => request.destroy(new Error(`no whole answer within ${timeoutMs / 1000} s`)),
        timeoutMs,
      );
      const give = (error: Error) => {
        clearTimeout(timer);
        fail(error);
      };
      request.on('error', give);
      request.end(body);
    });
  }
}

/** Why there is no answer, in a few words. */
export function explainNoAnswer(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  // What OpenSSL says is long, and names lines of its own sources.
  if (code === 'EPROTO') return 'it does not speak TLS; try http instead of https';
  return error.message.trim() || code;
}
