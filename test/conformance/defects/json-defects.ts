// Implementations that misread JSON: unknown properties, and unusual values and texts.
import { errorResponse, readBody } from './responses.ts';
import type { Defect, ReceivedResponse, Rewrite } from './rewriting-proxy.ts';

const define = (rule: string, name: string, rewrite: Rewrite): Defect => ({ name, rule, ...rewrite });

/** Ignores unknown properties with such a value. */
const ignoresProperties = (isIgnored: (value: unknown) => boolean): Rewrite => ({
  request(request) {
    try {
      const body: unknown = JSON.parse(request.body);
      if (typeof body !== 'object' || body === null || Array.isArray(body)) return;
      const kept = Object.entries(body).filter(
        ([name, value]) => ['ownerId', 'memberIds'].includes(name) || !isIgnored(value),
      );
      if (kept.length < Object.keys(body).length) request.body = JSON.stringify(Object.fromEntries(kept));
    } catch {
      // Malformed JSON is forwarded unchanged.
    }
  },
});

/** Rejects bodies with such a text in another way. */
const rejects = (pattern: RegExp, status: number, type: string): Rewrite => ({
  response(response, request) {
    if (pattern.test(readBody(request) ?? '') && response.status === 400)
      Object.assign(response, errorResponse(status, type));
  },
});

const EXAMPLE = '50af5191-05a3-42a5-802a-6b59091157af';

/** Replaces parts of the body. */
const replaces = (pattern: RegExp, replacement: string): Rewrite => ({
  request(request) {
    request.body = request.body.replace(pattern, replacement);
  },
});

export const JSON_DEFECTS: Defect[] = [
  ...[null, false, 0, ''].map((value) =>
    define(
      'json',
      `ignores unknown properties that are ${JSON.stringify(value)}`,
      ignoresProperties((each) => each === value),
    ),
  ),
  define(
    'json',
    'ignores unknown properties that are empty',
    ignoresProperties((each) => typeof each === 'object' && each !== null && Object.keys(each).length === 0),
  ),

  define('json', 'fails on lone surrogates', rejects(/\\ud[89a-f]/i, 500, 'InternalError')),
  define('json', 'takes lone surrogates for malformed', rejects(/\\ud[89a-f]/i, 400, 'MalformedJson')),
  define('json', 'fails on NUL', rejects(/\\u0000/, 500, 'InternalError')),
  define('json', 'fails on long numbers', rejects(/\d{4000}/, 500, 'InternalError')),
  define('json', 'takes long numbers for malformed', rejects(/\d{4000}/, 400, 'MalformedJson')),
  define('json', 'takes numbers beyond doubles for malformed', rejects(/1e999/, 400, 'MalformedJson')),
  define('json', 'fails on numbers beyond doubles', rejects(/-1e999/, 500, 'InternalError')),
  define('json', 'fails on long names', rejects(/"x{2000}":/, 500, 'InternalError')),
  define('json', 'takes long names for too large', rejects(/"x{2000}":/, 413, 'PayloadTooLarge')),
  define('body', 'reports pointers of any length', {
    response(response: ReceivedResponse, request) {
      const [name] = /x{2000}/.exec(request.body) ?? [];
      if (name && response.status === 400)
        response.body = response.body.replace('"pointer":""', `"pointer":"/${name}"`);
    },
  }),
  define('json', 'writes question marks for lone surrogates in pointers', {
    response(response) {
      response.body = response.body.replace('"pointer":"/\\ud800"', '"pointer":"/?"');
    },
  }),
  define('json', 'accepts surrogates in UTF-8', replaces(/\xed\xa0\x80/, '')),
  define('json', 'accepts overlong characters', replaces(/\xc0\x80/, '')),
  define('json', 'accepts NaN', replaces(/^NaN$/, `{"ownerId":"${EXAMPLE}","memberIds":[]}`)),
  define('json', 'accepts line feeds in strings', replaces(/"\n/, '"')),
  define('json', 'accepts trailing commas', replaces(/,\}$/, '}')),
];
