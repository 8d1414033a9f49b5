// Sends requests exactly as written, which `fetch` does not, and validates every response against the contract.
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { createResponseValidator, type HttpResponse } from '../../conformance/validate/validate-response.ts';
import { testedContract, versionHeaders } from '../contract/tested-version.ts';

export const validateResponse = createResponseValidator(testedContract);

export interface TestRequest {
  method?: string;
  /** The path with the query. Default: that of the operation. */
  path?: string;
  headers?: Record<string, string | string[]>;
  /** The body. Strings and buffers are sent unchanged, other values as JSON. */
  body?: unknown;
  /** Whether to send the body in chunks, without a `Content-Length`. */
  chunked?: boolean;
}

export interface TestResponse extends HttpResponse {
  /** The parsed body; undefined if it is empty. */
  body: unknown;
}

export const PATH = '/api/customer-organizations';

/** The demo credentials, client `key` with secret `secret`. */
export const DEMO = 'Basic a2V5OnNlY3JldA==';

/** The `Authorization` header of these credentials. */
export const basic = (clientId: string, secret: string) =>
  `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;

/** Sends one request, by default with the demo credentials. Rejects when the response violates the contract. */
export async function send(base: string, request: TestRequest = {}): Promise<TestResponse> {
  const response = await exchange(base, {
    ...request,
    headers: { authorization: DEMO, 'content-type': 'application/json', ...request.headers },
  });
  const { method = 'POST', path = PATH } = request;
  const violations = validateResponse({ method, path: new URL(path, base).pathname }, response);
  if (violations.length > 0)
    throw new Error(`The response violates the contract: ${JSON.stringify({ violations, response }, null, 2)}`);
  return response;
}

/**
 * Sends one request without validation, unchanged but for the version of the tests, if it names none. A header with an
 * empty list is omitted.
 */
export function exchange(
  base: string,
  { method = 'POST', path = PATH, headers = {}, body, chunked = false }: TestRequest,
): Promise<TestResponse> {
  const payload = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  const added = Object.entries(versionHeaders).filter(([name]) => !names.includes(name));
  const given = [...added, ...Object.entries(headers)].filter(
    ([, value]) => value.length > 0 || typeof value === 'string',
  );
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

/** A few kilobytes that decompress to `sizeMib` MiB of spaces. A gzip file may have several members (RFC 1952, 2.2). */
export function gzipBomb(sizeMib: number): Buffer {
  return Buffer.concat(Array<Buffer>(sizeMib).fill(gzipSync(Buffer.alloc(1_048_576, ' '))));
}
