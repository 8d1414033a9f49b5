// Sends requests exactly as derived, which `fetch` does not, over connections that are kept open.
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Sent } from './case.ts';
import type { Reply } from './judge.ts';

export interface Transport {
  /** Rejects when there is no whole answer within the time-out. */
  send(sent: Sent): Promise<Reply>;
  close(): void;
}

const TIMEOUT_MS = 30_000;

/** `base` is the base URL of the API, without a slash at its end. */
export function createTransport(base: string, connections: number): Transport {
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
        timeout: TIMEOUT_MS,
      };
      const request = (secure ? httpsRequest : httpRequest)(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () =>
          settle({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
            text: Buffer.concat(chunks).toString(),
          }),
        );
      });
      request.on('timeout', () => request.destroy(new Error(`There was no answer within ${TIMEOUT_MS / 1000} s.`)));
      request.on('error', fail);
      request.end(body);
    });
  }
}
