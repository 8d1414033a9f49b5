// Sends requests exactly as written, which `fetch` does not, and holds every answer against the contract.
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { contract } from '../../generated/contract.ts';
import { createResponseValidator, type HttpResponse } from '../conformance/validate-response.ts';

export const judge = createResponseValidator(contract);

export interface Sent {
  method?: string;
  /** Path and query; default: the operation's. */
  path?: string;
  headers?: Record<string, string | string[]>;
  /** What is not text or bytes is sent as JSON. */
  body?: unknown;
  /** Without a Content-Length. */
  chunked?: boolean;
}

export interface Answered extends HttpResponse {
  /** The parsed body; undefined if it is empty. */
  body: unknown;
}

export const PATH = '/api/customer-organizations';

/** The demo credentials, client `key` with secret `secret`. */
export const DEMO = 'Basic a2V5OnNlY3JldA==';

/** Sends one request with the demo credentials, unless `headers` say otherwise. Rejects when the answer breaks the contract. */
export async function send(base: string, sent: Sent = {}): Promise<Answered> {
  const reply = await exchange(base, {
    ...sent,
    headers: { authorization: DEMO, 'content-type': 'application/json', ...sent.headers },
  });
  const findings = judge({ method: sent.method ?? 'POST', path: new URL(sent.path ?? PATH, base).pathname }, reply);
  if (findings.length > 0)
    throw new Error(`The answer breaks the contract: ${JSON.stringify({ findings, reply }, null, 2)}`);
  return reply;
}

/** Sends one request as it is. A header with an empty list is left out. */
export function exchange(
  base: string,
  { method = 'POST', path = PATH, headers = {}, body, chunked = false }: Sent,
): Promise<Answered> {
  const payload = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const given = Object.entries(headers).filter(([, value]) => value.length > 0 || typeof value === 'string');
  return new Promise((settle, fail) => {
    const { hostname, port } = new URL(base);
    const request = httpRequest(
      {
        hostname,
        port,
        method,
        path,
        agent: false,
        headers: {
          ...Object.fromEntries(given),
          ...(payload !== undefined && !chunked && { 'content-length': Buffer.byteLength(payload) }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const flat = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
          const isJson = String(response.headers['content-type']).includes('json');
          settle({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(flat),
            text,
            body: isJson && text ? JSON.parse(text) : undefined,
          });
        });
      },
    );
    request.on('error', fail);
    request.end(payload);
  });
}

/** Some kilobytes that unpack to so many MiB of spaces: gzip may be made of parts (RFC 1952, section 2.2), so one is packed and repeated. */
export function gzipBomb(sizeMib: number): Buffer {
  return Buffer.concat(Array<Buffer>(sizeMib).fill(gzipSync(Buffer.alloc(1_048_576, ' '))));
}
