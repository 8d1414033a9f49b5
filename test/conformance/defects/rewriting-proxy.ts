// A proxy that rewrites requests to the reference server, or its responses.
import { hash, randomUUID } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ProxyRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** The body in Latin-1: one character for each byte. */
  body: string;
}

export interface ProxyResponse {
  status: number;
  headers: Record<string, string>;
  /** The body. A buffer is sent unchanged. */
  body: string | Buffer;
}

/** Sends a request to the reference server. */
export type Forward = (request: ProxyRequest) => Promise<ReceivedResponse>;

export interface ReceivedResponse extends ProxyResponse {
  body: string;
}

export interface Rewrite {
  /** Rewrites the request in place, before it is forwarded. */
  request?: (request: ProxyRequest) => void;
  /** Rewrites the response in place, before it is returned. */
  response?: (response: ReceivedResponse, request: ProxyRequest) => void;
  /** Handles the request instead of these rewrites. The memory belongs to one run. */
  handle?: (request: ProxyRequest, forward: Forward, memory: Map<string, string>) => Promise<ProxyResponse>;
  /** Changes how the server handles connections. */
  server?: (server: Server) => void;
}

/** An implementation with one defect. */
export interface Defect extends Rewrite {
  name: string;
  /** The rule of the suite that must detect it. */
  rule: string;
  /** The rule whose cases show it, if it is another one. */
  shownBy?: string;
}

/** Forwards everything to the upstream server, with the rewrites applied. Status 0 resets the connection. */
export async function startRewritingProxy(
  upstream: string,
  { request: rewriteRequest, response: rewriteResponse, handle, server: change }: Rewrite,
): Promise<{ url: string; close(): Promise<void> }> {
  const memory = new Map<string, string>();
  const salt = randomUUID();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // The client is gone.
    }
    const { method = '', url: path = '', headers } = request;
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    // Latin-1 keeps every byte. Rewrites touch ASCII only.
    const body = Buffer.concat(chunks).toString('latin1');
    const received: ProxyRequest = { method, path, headers: { ...headers }, body };
    const send: Forward = (each) => forward(upstream, { ...each, headers: renewKey(each.headers, salt) }, hasBody);
    const sent = handle
      ? await handle(received, send, memory)
      : await sendRewritten(received, send, { request: rewriteRequest, response: rewriteResponse });
    if (sent.status === 0) return request.socket.destroy();
    const { 'content-length': _, 'transfer-encoding': __, connection: ___, 'keep-alive': ____, ...kept } = sent.headers;
    response.writeHead(sent.status, { ...kept, 'content-length': Buffer.byteLength(sent.body) }).end(sent.body);
  });
  // Half-closed clients get their responses: see `httpAllowHalfOpen` in the source of Node.js.
  Object.assign(server, { httpAllowHalfOpen: true });
  change?.(server);
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const { port } = server.address() as AddressInfo; // It listens on a port, not on a pipe.
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((settle) => {
        server.close(() => settle());
        server.closeAllConnections();
      }),
  };
}

/** Runs send the same keys to one reference server, which must not know them from an earlier run. */
function renewKey(headers: IncomingHttpHeaders, salt: string): IncomingHttpHeaders {
  const { 'idempotency-key': key } = headers;
  // An invalid key is not changed, because it is rejected.
  if (typeof key !== 'string' || !/^[!-~]{1,255}$/.test(key)) return headers;
  return { ...headers, 'idempotency-key': hash('sha256', salt + key) };
}

async function sendRewritten(
  received: ProxyRequest,
  send: Forward,
  { request, response }: { request: Rewrite['request']; response: Rewrite['response'] },
): Promise<ProxyResponse> {
  request?.(received);
  const forwarded = await send(received);
  response?.(forwarded, received);
  return forwarded;
}

function forward(
  upstream: string,
  { method, path, headers, body }: ProxyRequest,
  hasBody: boolean,
): Promise<ReceivedResponse> {
  return new Promise((settle, fail) => {
    const bytes = Buffer.from(body, 'latin1');
    const { 'content-length': _, connection: __, 'transfer-encoding': ___, expect: ____, ...kept } = headers;
    const request = httpRequest(
      new URL(path, upstream),
      { method, path, headers: { ...kept, ...(hasBody && { 'content-length': bytes.length }) } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          settle({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    // After a response, the error comes from the upload of a body that was rejected early.
    request.on('error', fail);
    request.end(hasBody ? bytes : undefined);
  });
}
