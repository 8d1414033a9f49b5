// Sends the parity corpus to a server and to the browser mock, and finds where their responses differ.
import { isDeepStrictEqual } from 'node:util';
import type { createResponseValidator } from '../../conformance/validate/validate-response.ts';
import { withoutGenerated } from '../contract/organization.ts';
import { exchange, PATH, type TestRequest, type TestResponse } from '../http/http.ts';
import { CORPUS } from './parity-corpus.ts';

const ORIGIN = 'https://app.test';

/** The `fetch` of a browser mock. */
interface Fetcher {
  fetch(request: Request): Promise<Response>;
}

/** Cases that `Request` cannot express, or that never reach a function. */
function isExpressible({ method = 'POST', path = PATH, headers = {} }: TestRequest): boolean {
  const isPreflight = 'access-control-request-method' in headers;
  const isNormalized = new URL(path, ORIGIN).href === ORIGIN + path;
  // Neither browsers nor Node's DecompressionStream can decompress it. Another test covers it.
  const isZstd = String(headers['content-encoding']).toLowerCase().includes('zstd');
  return method !== 'TRACE' && !isPreflight && isNormalized && !isZstd;
}

export function toRequest({ method = 'POST', path = PATH, headers = {}, body }: TestRequest): Request {
  const sent = new Headers();
  for (const [name, value] of Object.entries(headers)) for (const each of [value].flat()) sent.append(name, each);
  const text = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  // The body is passed as bytes, because a text would get a media type.
  const bytes = text === undefined ? null : new Uint8Array(Buffer.from(text));
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(ORIGIN + path, { method, headers: sent, body: hasBody ? bytes : null });
}

export async function receive(response: Response): Promise<TestResponse> {
  const text = await response.text();
  const body: unknown = text ? JSON.parse(text) : undefined;
  return { status: response.status, headers: Object.fromEntries(response.headers), text, body };
}

/** A response without headers of the connection, and without values that differ between runs. */
export function comparable({ status, headers, body }: TestResponse) {
  const own = Object.entries(headers).filter(
    ([name]) => !/^(date|connection|keep-alive|content-length|transfer-encoding|vary|access-control-.*)$/.test(name),
  );
  const { 'x-request-id': requestId, ...fixed } = Object.fromEntries(own);
  const same = status === 201 ? withoutGenerated(Object(body)) : body;
  return {
    status,
    headers: Object.fromEntries(Object.entries(fixed).sort()),
    requestId: requestId?.length,
    body: same,
  };
}

/** The only coding of the contract that the browser mock cannot decompress in Node. */
function withoutZstd<T extends { status: number }>(response: T): T {
  return response.status === 415 ? JSON.parse(JSON.stringify(response).replaceAll('br, zstd', 'br')) : response;
}

const cases = CORPUS.filter(({ sent }) => isExpressible(sent));

/** The part of the corpus that a browser can send. */
export const expressibleShare = cases.length / CORPUS.length;

interface Comparison {
  /** The URL of the server, without a path. */
  url: string;
  mock: Fetcher;
  /** Creates the request of a case. */
  prepare(sent: TestRequest): TestRequest;
  /** The validator for the contract of the version that is asked for. */
  validate: ReturnType<typeof createResponseValidator>;
}

/** The differences between server and mock, violations of the mock, and the number of its responses by status. */
export async function compareBrowserMock({ url, mock, prepare, validate }: Comparison) {
  const differences: object[] = [];
  const statuses: Record<number, number> = {};
  for (const { name, sent } of cases) {
    const request = prepare(sent);
    const fromServer = await exchange(url, request);
    const fromMock = await receive(await mock.fetch(toRequest(request)));
    statuses[fromMock.status] = (statuses[fromMock.status] ?? 0) + 1;
    const [left, right] = [withoutZstd(comparable(fromServer)), comparable(fromMock)];
    if (!isDeepStrictEqual(left, right)) differences.push({ request: name, server: left, mock: right });
    const { method = 'POST', path = PATH } = sent;
    if (method === 'HEAD') continue;
    const violations = validate({ method, path: new URL(path, ORIGIN).pathname }, fromMock);
    if (violations.length > 0) differences.push({ request: name, violations });
  }
  return { differences, statuses };
}
