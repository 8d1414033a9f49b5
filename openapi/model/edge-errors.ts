// The errors that the edge itself responds with, whatever the operation is.
export interface EdgeError {
  type: string;
  status: number;
  /** The message, unless the contract has an example with another one. */
  message: string;
  /** Whether an operation can return it. If missing, only requests that reach no operation get it. */
  when?: 'always' | 'authenticated' | 'body' | 'version';
}

export const EDGE_ERRORS = [
  { type: 'InvalidRequest', status: 400, message: 'The request breaks the contract; see details.', when: 'always' },
  { type: 'MalformedJson', status: 400, message: 'The body is not valid JSON.', when: 'body' },
  { type: 'UnrecognisedApiVersion', status: 400, message: 'There is no such API version.', when: 'version' },
  {
    type: 'Unauthorized',
    status: 401,
    message: 'The credentials are missing, malformed or wrong.',
    when: 'authenticated',
  },
  { type: 'NotFound', status: 404, message: 'The path does not exist. Check the base URL and the path.' },
  { type: 'MethodNotAllowed', status: 405, message: 'The path does not support this method; see the Allow header.' },
  { type: 'PayloadTooLarge', status: 413, message: 'The body is too large.', when: 'body' },
  {
    type: 'UnsupportedMediaType',
    status: 415,
    message: 'The media type or content coding is not supported. Send JSON in UTF-8.',
    when: 'body',
  },
  {
    type: 'RateLimited',
    status: 429,
    message: 'Too many requests. Retry after the number of seconds in Retry-After.',
    when: 'always',
  },
  {
    type: 'InternalError',
    status: 500,
    message: 'Unexpected error. Report it with the X-Request-Id header.',
    when: 'always',
  },
  {
    type: 'Unavailable',
    status: 503,
    message: 'The service is temporarily unavailable. Retry after the number of seconds in Retry-After.',
    when: 'always',
  },
] as const satisfies readonly EdgeError[];
