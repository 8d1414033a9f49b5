// A response that has not ended, with its request.
import type { IncomingMessage, ServerResponse } from 'node:http';

export type PendingResponse = ServerResponse<IncomingMessage>;

/** Returns whether the connection definitely closes after this response. */
export function closesConnection(response: PendingResponse): boolean {
  return !response.shouldKeepAlive || (response.headersSent && response.getHeader('Connection') === 'close');
}

/** The bytes that a request and its response hold, without the header fields. */
export const REQUEST_BYTES = 6_000;
/** The memory of a field: the strings of its name and value, and their slots in lists and objects. */
const FIELD_BYTES = 120;

/** Returns the bytes that a request without its body and its response hold. */
export function requestBytesOf(request: IncomingMessage): number {
  return REQUEST_BYTES + headerBytesOf(request) + (request.rawHeaders.length / 2) * FIELD_BYTES;
}

/** Returns the size of a header (RFC 9112, sections 3 and 5): a request line, a line for each field, an empty line. */
function headerBytesOf({ method = '', url = '', rawHeaders }: IncomingMessage): number {
  let bytes = method.length + url.length + 14;
  for (const text of rawHeaders) bytes += text.length + 2;
  return bytes;
}
