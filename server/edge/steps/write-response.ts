// Writes a response: the last step of every exchange that ends in JSON.
import type { ServerResponse } from 'node:http';
import type { RouteEntry } from '../../../openapi/model/operation-tables.ts';
import { serializeText } from '../../../openapi/model/serialize.ts';
import { allocateLarge } from '../body/large-buffer.ts';
import type { Step } from '../exchange/exchange.ts';
import { memoryOf, withGarbage } from '../memory/request-memory.ts';
import type { HandlerResponse } from '../options.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Every request is counted with as much for its response. */
const UNCOUNTED_BYTES = 4096;

/** The media type is that of the contract. */
export function writeResponse({ mediaTypes }: RouteEntry): Step {
  // Most operations have no other.
  if (Object.keys(mediaTypes).length === 0) return ({ response, result }) => writeJson(response, result);
  return ({ response, result }) => writeJson(response, result, mediaTypes[result.status]);
}

/** Ends a response. The headers that it has already stay. */
export function writeJson(
  response: ServerResponse,
  { status, headers, body }: HandlerResponse,
  mediaType: string = JSON_TYPE,
): void {
  response.statusCode = status;
  for (const name in headers) if (headers[name] !== undefined) response.setHeader(name, serializeText(headers[name]));
  if (body === undefined) {
    response.end();
    return;
  }
  const text = JSON.stringify(body);
  response.setHeader('Content-Type', mediaType);
  const length = Buffer.byteLength(text);
  response.setHeader('Content-Length', length);
  if (length <= UNCOUNTED_BYTES) {
    response.end(text);
    return;
  }
  memoryOf(response.req, response).atLeast(withGarbage(length));
  // Of a text, there would be a copy besides the text itself until the client takes it.
  const bytes = allocateLarge(length);
  bytes.write(text);
  response.end(bytes);
}
