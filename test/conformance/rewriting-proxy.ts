// A proxy that rewrites requests to the reference server, or its responses.
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ProxyRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** Latin-1: one character for each byte. */
  body: string;
}

export interface ProxyResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface Rewrite {
  /** Rewrites the request in place, before it is forwarded. */
  request?: (request: ProxyRequest) => void;
  /** Rewrites the response in place, before it is returned. */
  response?: (response: ProxyResponse, request: ProxyRequest) => void;
}

/** An implementation with one defect. */
export interface Defect extends Rewrite {
  name: string;
  /** The rule of the suite that must catch it. */
  rule: string;
}

/** Forwards everything to the upstream server, with the rewrites applied. Status 0 resets the connection. */
export async function startRewritingProxy(
  upstream: string,
  { request: rewriteRequest, response: rewriteResponse }: Rewrite,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url: path = '', headers } = request;
    const raw = Buffer.concat(chunks);
    // Latin-1 keeps every byte. Rewrites touch ASCII only.
    const forwarded: ProxyRequest = { method, path, headers: { ...headers }, body: raw.toString('latin1') };
    rewriteRequest?.(forwarded);
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    const received = await forward(upstream, forwarded, hasBody);
    rewriteResponse?.(received, forwarded);
    if (received.status === 0) return response.destroy();
    const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...kept } = received.headers;
    const { status, body } = received;
    response.writeHead(status, { ...kept, 'content-length': Buffer.byteLength(body) }).end(body);
  });
  // Half-closed clients get their responses: see `httpAllowHalfOpen` in the source of Node.js.
  Object.assign(server, { httpAllowHalfOpen: true });
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

function forward(
  upstream: string,
  { method, path, headers, body }: ProxyRequest,
  hasBody: boolean,
): Promise<ProxyResponse> {
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
    // An error after the response has begun comes from an upload that the server has rejected.
    request.on('error', fail);
    request.end(hasBody ? bytes : undefined);
  });
}
