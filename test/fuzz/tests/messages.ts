// The bytes of requests and responses that the model of the fuzzer is tested with.
import type { Rules } from '../model/check-response.ts';

export const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
export const ID = '0190ff7e-3b1c-7d52-9c0e-4a6f8b2d1e35';

export const RULES: Rules = {
  ...{ mock: false, relaxed: false, clientId: 'key', secret: 'secret' },
  customers: new Set([OWNER]),
};

export const BODY = JSON.stringify({ ownerId: OWNER, memberIds: [] });
export const POST = 'POST /api/customer-organizations HTTP/1.1\r\n';
export const HEADERS = 'Host: x\r\nAuthorization: Basic a2V5OnNlY3JldA==\r\nContent-Type: application/json\r\n';
export const CREATE = `${POST}${HEADERS}Content-Length: ${BODY.length}\r\n\r\n${BODY}`;
export const MISSING = 'GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n';

/** The bytes of a text in Latin-1. */
export const bytes = (text: string) => Buffer.from(text, 'latin1');

/** A response with this status line and JSON body; `more` are lines of its header. */
export const response = (status: string, body: string, more = '') =>
  [
    `HTTP/1.1 ${status}\r\nX-Request-Id: ${ID}\r\nSequence-Version: 2024-07-30\r\n`,
    `Content-Type: application/json; charset=utf-8\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`,
  ].join('');
