// Writes a JSON response, the last step of an exchange.
import type { ServerResponse } from 'node:http';
import type { RouteEntry } from '../../../openapi/model/operation-tables.ts';
import { serializeText } from '../../../openapi/model/serialize-parameters.ts';
import { allocateLarge, freeMemory } from '../body/large-buffer.ts';
import type { Step } from '../exchange/exchange.ts';
import type { SmallRequests } from '../exchange/small-requests.ts';
import { serializeBlocks } from '../json/serialize-json.ts';
import { memoryOf, withGarbage } from '../memory/request-memory.ts';
import type { HandlerResponse } from '../options.ts';
import { PreparedResponse } from '../prepared-response.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** The number of bytes that every request is already charged for its response. */
const UNCOUNTED_RESPONSE_BYTES = 4096;

/** Creates the step. The media type is that of the contract. Small requests overtake the response to a large one. */
export function writeResponse({ mediaTypes }: RouteEntry, smallRequests: SmallRequests): Step {
  // Most operations have only JSON.
  const hasOthers = Object.keys(mediaTypes).length > 0;
  return ({ response, result, bodyClass }) => {
    const mediaType = hasOthers ? mediaTypes[result.status] : undefined;
    if (result instanceof PreparedResponse) return writePrepared(response, result, mediaType);
    if (bodyClass !== 'large') return writeJson(response, result, mediaType);
    return writeLargeJson(response, result, mediaType, smallRequests);
  };
}

/** Ends a response. Headers that are already set are kept. */
export function writeJson(
  response: ServerResponse,
  { status, headers, body }: HandlerResponse,
  mediaType?: string,
): void {
  setHead(response, status, headers);
  if (body === undefined) response.end();
  else writeTexts(response, [JSON.stringify(body)], mediaType);
}

function writePrepared(
  response: ServerResponse,
  { status, texts }: PreparedResponse<number, unknown>,
  mediaType: string | undefined,
): void {
  response.statusCode = status;
  writeTexts(response, texts, mediaType);
}

/** The maximum time in milliseconds of serialization before other requests get their turn. */
const SLICE_MS = 2;

/** Ends a response whose body may be large, without blocking the event loop. */
async function writeLargeJson(
  response: ServerResponse,
  { status, headers, body }: HandlerResponse,
  mediaType: string | undefined,
  smallRequests: SmallRequests,
): Promise<void> {
  if (body === undefined) return writeJson(response, { status, headers });
  const texts: string[] = [];
  let endMs = performance.now() + SLICE_MS;
  for (const text of serializeBlocks(body)) {
    texts.push(text);
    if (performance.now() < endMs) continue;
    await smallRequests.letPass();
    endMs = performance.now() + SLICE_MS;
  }
  setHead(response, status, headers);
  writeTexts(response, texts, mediaType);
}

function setHead(response: ServerResponse, status: number, headers: HandlerResponse['headers']): void {
  response.statusCode = status;
  for (const name in headers) if (headers[name] !== undefined) response.setHeader(name, serializeText(headers[name]));
}

/** Ends a response with these texts, one after the other. Its memory is counted until the client has read it. */
export function writeTexts(response: ServerResponse, texts: readonly string[], mediaType: string = JSON_TYPE): void {
  let length = 0;
  for (const text of texts) length += Buffer.byteLength(text);
  response.setHeader('Content-Type', mediaType);
  response.setHeader('Content-Length', length);
  if (length <= UNCOUNTED_RESPONSE_BYTES) {
    response.end(texts.join(''));
    return;
  }
  // Written as bytes: a string would be kept besides its encoded copy until the client has read it.
  const bytes = allocateBody(response, length);
  let at = 0;
  for (const text of texts) at += bytes.write(text, at);
  response.end(bytes);
}

/** Ends a response with a copy of these parts of its JSON. Its memory is counted until the client has read it. */
export function writeParts(response: ServerResponse, parts: readonly Uint8Array[]): void {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  response.setHeader('Content-Type', JSON_TYPE);
  response.setHeader('Content-Length', length);
  const bytes = allocateBody(response, length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  response.end(bytes);
}

/**
 * Allocates the body of a response. It is freed as soon as the client has read it: V8 collected the bodies of many slow
 * readers so late that they took 400 MB.
 */
function allocateBody(response: ServerResponse, length: number): Buffer {
  if (length > UNCOUNTED_RESPONSE_BYTES) memoryOf(response.req, response).atLeast(withGarbage(length));
  const bytes = allocateLarge(length);
  response.once('close', () => freeMemory(bytes));
  return bytes;
}
