// A proxy in front of the right server that changes what is asked, or what is said, on the way.
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Exchange {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** Each byte as one character. */
  body: string;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface Change {
  /** What the right server is asked instead: changed in place. */
  ask?: (exchange: Exchange) => void;
  /** What is said instead: changed in place. */
  say?: (answer: Answer, exchange: Exchange) => void;
}

/** An implementation that is wrong in one point. */
export interface Wrong extends Change {
  name: string;
  /** The rule of the suite that has to catch it. */
  rule: string;
}

/** Passes everything on to the right server, but for what is wrong here. A status of 0 cuts the connection. */
export async function startChangingProxy(
  right: string,
  { ask, say }: Change,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url: path = '', headers } = request;
    const raw = Buffer.concat(chunks);
    // Latin-1 keeps every byte; changes are made to ASCII only.
    const exchange: Exchange = { method, path, headers: { ...headers }, body: raw.toString('latin1') };
    ask?.(exchange);
    const answer = await forward(right, exchange, headers['content-length'] !== undefined);
    say?.(answer, exchange);
    if (answer.status === 0) return response.destroy();
    const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...kept } = answer.headers;
    response.writeHead(answer.status, { ...kept, 'content-length': Buffer.byteLength(answer.body) }).end(answer.body);
  });
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

function forward(right: string, { method, path, headers, body }: Exchange, hasBody: boolean): Promise<Answer> {
  return new Promise((settle, fail) => {
    const bytes = Buffer.from(body, 'latin1');
    const { 'content-length': _, connection: __, ...kept } = headers;
    const request = httpRequest(
      new URL(path, right),
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
    request.on('error', fail);
    request.end(hasBody ? bytes : undefined);
  });
}
