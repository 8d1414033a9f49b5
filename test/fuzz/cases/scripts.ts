// Generates scripts: sequences of requests, their division into pieces, and the end of the connection.
import * as fc from 'fast-check';
import { PATH } from '../model/expect-response.ts';
import { body, OWNER } from './bodies.ts';
import { framing } from './framing.ts';
import { AUTHORIZATION, headerLines } from './header-lines.ts';
import { requestLine } from './request-targets.ts';
import type { Mutation, Pacing, RequestParts, Script } from './script.ts';
import { bytesText, mostly, oneOf } from './weighted.ts';

const position = fc.nat(999_999);

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: position,
  remove: mostly(fc.nat(2), fc.nat(40), 4),
  insert: fc.oneof(bytesText(3), oneOf('\r\n', '\n', '\r\n\r\n', '\x00', ' ', ':')),
});

const emptyLine = mostly(oneOf('\r\n'), oneOf('\n', '\r', '', '\r\n\r\n', ' \r\n'), 150);

const withBody = fc
  .tuple(requestLine, headerLines, body, framing, emptyLine)
  .map(([line, lines, text, frame, blank]) => {
    const framed = frame(text);
    return { requestLine: line, headerLines: [...lines, ...framed.lines, blank], body: framed.body };
  });
const withoutBody = fc
  .tuple(requestLine, headerLines, emptyLine)
  .map(([line, lines, blank]) => ({ requestLine: line, headerLines: [...lines, blank], body: '' }));

/** Requests for pages outside the contract, and CORS preflight requests, which rarely become complete by chance. */
const elsewhere = fc
  .tuple(
    oneOf(
      'GET / ',
      'HEAD / ',
      'GET /index.html ',
      'HEAD /openapi.yaml ',
      'GET /livez ',
      'HEAD /readyz ',
      `OPTIONS ${PATH} `,
    ),
    oneOf(
      '',
      'If-None-Match: *\r\n',
      'If-Match: "x"\r\n',
      'Accept-Encoding: br\r\n',
      'Accept-Encoding: *;q=0\r\n',
      'Range: bytes=0-0\r\n',
    ),
  )
  .map(([line, header]) => ({
    requestLine: `${line}HTTP/1.1\r\n`,
    headerLines: [
      'Host: x\r\n',
      'Origin: https://a.example\r\n',
      'Access-Control-Request-Method: POST\r\n',
      header,
      '\r\n',
    ],
    body: '',
  }));

const request: fc.Arbitrary<RequestParts> = fc
  .tuple(
    mostly(withBody, mostly(withoutBody, elsewhere, 3), 6),
    mostly(oneOf<Mutation[]>([]), fc.array(mutation, { minLength: 1, maxLength: 3 }), 20),
    mostly(oneOf(1), fc.integer({ min: 2, max: 40 }), 30),
  )
  .map(([parts, mutations, times]) => ({ ...parts, mutations, times: parts.body.length > 5000 ? 1 : times }));

const pacing: fc.Arbitrary<Pacing> = fc.oneof(
  { withCrossShrink: true },
  { weight: 4, arbitrary: oneOf<Pacing>({ kind: 'at once' }) },
  { weight: 2, arbitrary: oneOf<Pacing>({ kind: 'wait' }) },
  { weight: 1, arbitrary: oneOf<Pacing>({ kind: 'byte by byte' }) },
  {
    weight: 2,
    arbitrary: fc.array(position, { minLength: 1, maxLength: 6 }).map((at): Pacing => ({ kind: 'pieces', at })),
  },
);

/** Many requests with large responses, of which the client reads nothing before it has sent everything. */
const unread: fc.Arbitrary<Script> = fc.record({
  requests: fc.array(
    fc.tuple(elsewhere, fc.integer({ min: 1, max: 20 })).map(([parts, times]) => ({ ...parts, mutations: [], times })),
    { minLength: 2, maxLength: 8 },
  ),
  pacing: oneOf<Pacing>({ kind: 'wait' }),
  ending: oneOf('keep', 'half-close'),
  cut: oneOf(undefined),
  readsLate: oneOf(true),
});

/** A create whose body is large, so that the ones behind it wait, or whose response is, or that expects 100. */
const create: fc.Arbitrary<RequestParts> = fc
  .tuple(oneOf(0, 40_000), oneOf(0, 100, 800), oneOf('', 'Expect: 100-continue\r\n'))
  .map(([size, members, expectation]) => {
    const memberIds = Array.from(
      { length: members },
      (_, index) => `11111111-1111-4111-8111-${index + 100_000_000_000}`,
    );
    const text = JSON.stringify({ ownerId: OWNER, memberIds }).padEnd(size);
    return {
      requestLine: `POST ${PATH} HTTP/1.1\r\n`,
      headerLines: [
        'Host: x\r\n',
        `Authorization: ${AUTHORIZATION}\r\n`,
        'Content-Type: application/json\r\n',
        `Content-Length: ${text.length}\r\n`,
        expectation,
        '\r\n',
      ],
      body: text,
      mutations: [],
      times: 1,
    };
  });

/** Creates that are sent without waiting for the responses to those before. */
const overtaking: fc.Arbitrary<Script> = fc.record({
  requests: fc.array(create, { minLength: 2, maxLength: 5 }),
  pacing,
  ending: oneOf('keep', 'half-close'),
  cut: oneOf(undefined),
  readsLate: mostly(oneOf(false), oneOf(true), 4),
});

/** Anything that a client may do on one connection. */
const anything: fc.Arbitrary<Script> = fc.record({
  requests: fc.array(request, { minLength: 1, maxLength: 6 }),
  pacing,
  ending: fc.oneof(
    { withCrossShrink: true },
    { weight: 5, arbitrary: oneOf('keep' as const) },
    { weight: 3, arbitrary: oneOf('half-close' as const) },
    { weight: 1, arbitrary: oneOf('close' as const) },
    { weight: 1, arbitrary: oneOf('reset' as const) },
  ),
  cut: mostly(oneOf(undefined), position, 5),
  readsLate: mostly(oneOf(false), oneOf(true), 15),
});

export const script = mostly(mostly(anything, overtaking, 10), unread, 60);
