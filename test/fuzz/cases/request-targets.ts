// Generates request lines: the four forms of request target (RFC 9112, section 3.2) with every method and version, and
// invalid ones.
import { METHODS } from 'node:http';
import * as fc from 'fast-check';
import { escapedPaths, similarPaths } from '../../support/http/similar-paths.ts';
import { PATH } from '../model/expect-response.ts';
import { bytesText, filled, mostly, oneOf } from './weighted.ts';

const query = mostly(
  oneOf('', '?'),
  oneOf(
    '?x=1',
    '?[x]=1',
    '?x',
    '?&&',
    '?=',
    '?=1',
    '?x=1&x=2',
    '?%zz',
    '?a[b]=1',
    '?__proto__=1',
    '?constructor',
    '??',
    '?x=%00',
    '?#',
    '?\xff',
    '?ownerId=1&memberIds[]=2',
  ),
  20,
);

const path = mostly(
  oneOf(PATH),
  fc.oneof(
    oneOf('/', ...similarPaths(PATH)),
    oneOf(...escapedPaths(PATH), '/..', '//', '/./'),
    oneOf(
      '/%',
      '/%zz',
      '/%00',
      '/%F0%9F%92%A9',
      '/%ff',
      '/__proto__',
      '/constructor',
      '/a;b=c',
      '/:id',
      '/*',
      '/(',
      '/[',
      '/#',
      '/a#b',
      '/"',
      '/|',
      '/\\',
    ),
    oneOf(
      '/livez',
      '/readyz',
      '/openapi.yaml',
      '/openapi.json',
      '/assets/',
      '/assets/../../package.json',
      '/assets/%2e%2e/x',
      '/favicon.ico',
      '/index.html',
    ),
    oneOf('/\x01', '/\x00', '/ \t', '/\x7f', '/\xff', '/\xc3\xa9', '/\r', '/\n', ''),
    fc.integer({ min: 1, max: 20_000 }).map((length) => `/${filled('x', length)}`),
    bytesText(12).map((text) => `/${text}`),
  ),
  7,
);

const authority = oneOf(
  'localhost',
  'localhost:80',
  'example.com',
  '[::1]',
  '[::1]:443',
  'a@b',
  'a:b@c:1',
  '',
  ':80',
  '[::1',
  'x:y',
  '%zz',
  '\xff',
  'a b',
  '*',
);

const target = mostly(
  fc.tuple(path, query).map(([each, after]) => each + after),
  fc.oneof(
    fc
      .tuple(
        oneOf('http', 'https', 'HTTP', 'foo', 'file', 'javascript', ''),
        oneOf('://', ':/', ':', '//'),
        authority,
        fc.oneof(path, oneOf('')),
        query,
      )
      .map((parts) => parts.join('')),
    authority,
    oneOf(
      '*',
      '**',
      '*/',
      '*?x',
      'http://',
      'http:',
      'http://?',
      'http://?x=1',
      'http://#',
      'x',
      '?',
      '?x=1',
      '#',
      '%2F',
      '-',
      '\x00',
    ),
  ),
  10,
);

const method = mostly(
  oneOf('POST'),
  fc.oneof(
    oneOf('GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'CONNECT', 'QUERY'),
    fc.constantFrom(...METHODS),
    oneOf(
      'post',
      'Post',
      'FOO',
      'POSTT',
      'POS',
      'PRI',
      'G\x00T',
      'M-SEARCH',
      '',
      ' ',
      'POST\t',
      'HTTP/1.1',
      '\x16\x03\x01',
      '\xff',
      '{',
      'POST\r\n',
    ),
    fc.integer({ min: 1, max: 20_000 }).map((length) => filled('A', length)),
  ),
  7,
);

const version = mostly(
  oneOf('HTTP/1.1'),
  oneOf(
    'HTTP/1.0',
    'HTTP/0.9',
    'HTTP/1.2',
    'HTTP/2.0',
    'HTTP/3.0',
    'HTTP/9.9',
    'HTTP/1',
    'HTTP/11',
    'HTTP/1.10',
    'http/1.1',
    'HTTP/1.1 ',
    ' HTTP/1.1',
    'HTTPS/1.1',
    'RTSP/1.0',
    'ICE/1.0',
    'HTTP/-1.1',
    'HTTP/1.\xb2',
    '',
  ),
  40,
);

const lineEnd = mostly(oneOf('\r\n'), oneOf('\n', '\r', '\r\r\n', ' \r\n', '\0\r\n', ''), 150);
const space = mostly(oneOf(' '), oneOf('  ', '\t', '', '\x0b', ' \t ', '\xa0', '\r'), 150);
const before = mostly(oneOf(''), oneOf('\r\n', '\n', '\r\n\r\n', '\r', ' ', '\0', '\xef\xbb\xbf'), 100);

/** A request line with its line end, and its method, on which the rest of the request depends. */
export const requestLine = fc
  .tuple(before, method, space, target, space, version, lineEnd)
  .map(([start, verb, first, where, second, protocol, end]) => start + verb + first + where + second + protocol + end);
