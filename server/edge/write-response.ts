// Writes a response: the last step of every exchange that ends in JSON.
import type { ServerResponse } from 'node:http';
import type { Exchange } from './exchange.ts';
import type { HandlerResponse } from './options.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';

export function writeResponse({ response, result }: Exchange): void {
  writeJson(response, result);
}

/** Ends a response. The headers that it has already stay. */
export function writeJson(response: ServerResponse, { status, headers, body }: HandlerResponse): void {
  response.statusCode = status;
  for (const name in headers) if (headers[name] !== undefined) response.setHeader(name, String(headers[name]));
  if (body === undefined) {
    response.end();
    return;
  }
  const text = JSON.stringify(body);
  response.setHeader('Content-Type', JSON_TYPE);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}
