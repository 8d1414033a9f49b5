// The response with which the edge reports errors, as a contract declares it.
import type { Header, Response, Schema } from '../contract.ts';
import type { EdgeError } from '../edge-errors.ts';

const MESSAGE: Schema = { type: 'string', minLength: 1, maxLength: 2000, description: 'What is wrong, for people.' };

const DETAILS: Schema = {
  type: 'array',
  maxItems: 100,
  description: 'The first violations.',
  items: {
    type: 'object',
    required: ['in', 'pointer', 'message'],
    properties: {
      in: { type: 'string', enum: ['body', 'header', 'path', 'query'], description: 'The part of the request.' },
      pointer: { type: 'string', maxLength: 1000, description: 'A JSON Pointer (RFC 6901) into that part.' },
      message: MESSAGE,
    },
  },
};

/** Headers that come with errors of the edge, by status. */
const HEADERS: Record<number, Record<string, Header>> = {
  401: { 'WWW-Authenticate': { description: 'The challenge (RFC 7617).', required: true, schema: { type: 'string' } } },
  405: { Allow: { description: 'The methods of the path.', required: true, schema: { type: 'string' } } },
  415: { 'Accept-Encoding': { description: 'The content codings of a body.', schema: { type: 'string' } } },
  429: { 'Retry-After': { description: 'In seconds.', required: true, schema: { type: 'integer', minimum: 0 } } },
  503: { 'Retry-After': { description: 'In seconds.', required: true, schema: { type: 'integer', minimum: 0 } } },
};

const EXAMPLES: Record<string, unknown> = {
  'WWW-Authenticate': 'Basic realm="api", charset="UTF-8"',
  Allow: 'GET',
  'Accept-Encoding': 'gzip',
  'Retry-After': 1,
};

export function describeErrors(status: number, errors: readonly EdgeError[]): Response {
  const types = errors.map(({ type }) => type);
  const headers = Object.entries(HEADERS[status] ?? {}).map(([name, header]): [string, Header] => [
    name,
    { ...header, example: EXAMPLES[name] },
  ]);
  return {
    description: errors.map(({ message }) => message).join(' '),
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['error'],
          properties: {
            error: {
              type: 'object',
              required: ['type', 'message'],
              properties: {
                type: { type: 'string', enum: types, description: 'The kind of error, for programs.' },
                message: MESSAGE,
                ...(status === 400 && { details: DETAILS }),
              },
            },
          },
        },
        examples: Object.fromEntries(
          errors.map(({ type, message }) => [type, { summary: message, value: { error: { type, message } } }]),
        ),
      },
    },
  };
}
