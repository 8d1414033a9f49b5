// A response that is not over, and the request that it is for.
import type { IncomingMessage, ServerResponse } from 'node:http';

export type PendingResponse = ServerResponse<IncomingMessage>;

/** Whether the connection closes after this response, and nothing can change that any more. */
export function closesConnection(response: PendingResponse): boolean {
  return !response.shouldKeepAlive || (response.headersSent && response.getHeader('Connection') === 'close');
}

/** Bytes that a request and its response hold, without the fields of its header. */
export const REQUEST_BYTES = 6_000;
/** The memory of a field: the strings of its name and its value, and their places in lists and objects. */
const FIELD_BYTES = 120;

/** Bytes that a request without its body, and its response, hold. */
export function requestBytesOf(request: IncomingMessage): number {
  return REQUEST_BYTES + headerBytesOf(request) + (request.rawHeaders.length / 2) * FIELD_BYTES;
}

/** RFC 9112, sections 3 and 5: `METHOD TARGET HTTP/1.1`, a line for each field, an empty line. */
function headerBytesOf({ method = '', url = '', rawHeaders }: IncomingMessage): number {
  let bytes = method.length + url.length + 14;
  for (const text of rawHeaders) bytes += text.length + 2;
  return bytes;
}
