// Documents, paths, operations, bodies and credentials outside the stated subset of OpenAPI.
import { change, type Document, item, json, THING, text } from '../../support/contract/changed-contract.ts';

/** The rejected feature, the change, its place, and a part of the reason. */
export type RejectedPart = [what: string, change: (document: Document) => void, pointer: string, reason: string];

export const REJECTED_OPERATIONS: RejectedPart[] = [
  [
    'OpenAPI 3.0',
    (document) => void Object.assign(document, { openapi: '3.0.3' }),
    '/openapi',
    'OpenAPI 3.0.3 is not supported',
  ],
  [
    'OpenAPI 3.2',
    (document) => void Object.assign(document, { openapi: '3.2.0' }),
    '/openapi',
    'OpenAPI 3.2.0 is not supported',
  ],
  [
    'a limit without a number',
    (document) => void Object.assign(document, { 'x-limits': { bodyBytes: { description: 'Body', value: '1 MiB' } } }),
    '/x-limits/bodyBytes',
    'is no positive integer',
  ],
  [
    'a limit that points to no number',
    (document) =>
      void Object.assign(document, { 'x-limits': { members: { description: 'Members', at: '#/components/none' } } }),
    '/x-limits/members',
    'has no number at #/components/none',
  ],
  [
    'a limit with a value and a pointer',
    (document) =>
      void Object.assign(document, { 'x-limits': { members: { description: 'Members', at: '#/info', value: 1 } } }),
    '/x-limits/members',
    'needs one number',
  ],
  [
    'a limit without a description',
    (document) => void Object.assign(document, { 'x-limits': { members: { value: 1 } } }),
    '/x-limits/members',
    'has no description',
  ],
  [
    'another order of checks',
    (document) => void Object.assign(document, { 'x-order-of-checks': ['path', 'method', 'contract', 'credentials'] }),
    '/x-order-of-checks',
    'another order of checks',
  ],
  [
    'a check of operations before one of the edge',
    (document) => void Object.assign(document, { 'x-order-of-checks': ['path', 'customers', 'contract'] }),
    '/x-order-of-checks',
    'another order of checks',
  ],
  [
    'servers with several base paths',
    (document) => void document.servers.push({ url: '/v2' }),
    '/servers',
    'have: /v1, /v2',
  ],
  [
    'servers of an operation',
    change.field('get', { servers: [{ url: '/v2' }] }),
    `${THING}/get/servers`,
    'single path or operation',
  ],
  [
    'servers of a path',
    change.methods(() => ({ servers: [{ url: '/v2' }] })),
    `${THING}/servers`,
    'single path or operation',
  ],
  [
    'an operation without an ID',
    (document) => void delete item(document).get.operationId,
    `${THING}/get`,
    'no `operationId`',
  ],
  ['an ID with a hyphen', change.field('get', { operationId: 'get-thing' }), `${THING}/get/operationId`, '"get-thing"'],
  [
    'an ID that objects inherit',
    change.field('get', { operationId: 'toString' }),
    `${THING}/get/operationId`,
    '"toString"',
  ],
  [
    'two IDs with one type',
    change.field('put', { operationId: 'GetThing' }),
    `${THING}/put/operationId`,
    'types of the same name',
  ],
  [
    'a default response',
    change.response('default', {}),
    `${THING}/get/responses/default`,
    '`default` is not one status',
  ],
  ['a range of statuses', change.response('4XX', {}), `${THING}/get/responses/4XX`, '`4XX` is not one status'],
  [
    'a body with 204',
    change.response('204', { content: json({}) }),
    `${THING}/get/responses/204/content`,
    'has no body',
  ],
  [
    'a body with 304',
    change.response('304', { content: json({}) }),
    `${THING}/get/responses/304/content`,
    'has no body',
  ],
  [
    'an operation without success',
    change.field('get', { responses: { 404: { description: 'No.' } } }),
    `${THING}/get`,
    'no successful response',
  ],
  [
    'a body of GET',
    change.field('get', { requestBody: { content: json({}) } }),
    `${THING}/get/requestBody`,
    'GET request has no body',
  ],
  ['HEAD', change.methods(({ get }) => ({ head: get })), `${THING}/head`, 'HEAD is not supported'],
  ['OPTIONS', change.methods(({ get }) => ({ options: get })), `${THING}/options`, 'OPTIONS is not supported'],
  [
    'a form',
    change.body({ 'application/x-www-form-urlencoded': { schema: {} } }),
    `${THING}/put/requestBody/content/application~1x-www-form-urlencoded`,
    'media type',
  ],
  [
    'a file',
    change.body({ 'multipart/form-data': { schema: {} } }),
    `${THING}/put/requestBody/content/multipart~1form-data`,
    'media type',
  ],
  ['any media type', change.body({ '*/*': { schema: {} } }), `${THING}/put/requestBody/content/*~1*`, 'media type'],
  [
    'text in a response',
    change.response('202', { content: { 'text/plain': { schema: {} } } }),
    `${THING}/get/responses/202/content/text~1plain`,
    'media type',
  ],
  [
    'two media types',
    change.body({ ...json({}), 'application/x+json': { schema: {} } }),
    `${THING}/put/requestBody/content`,
    'Several media types',
  ],
  [
    'a body without a schema',
    change.body({ 'application/json': {} }),
    `${THING}/put/requestBody/content/application~1json`,
    'no schema',
  ],
  ['an API key', change.security([{ key: [] }]), `${THING}/get/security/0`, '`key` (apiKey)'],
  ['OAuth', change.security([{ login: ['read'] }]), `${THING}/get/security/0`, '`login` (oauth2)'],
  ['a bearer token', change.security([{ token: [] }]), `${THING}/get/security/0`, '`token` (bearer)'],
  ['a choice of credentials', change.security([{ basic: [] }, { key: [] }]), `${THING}/get/security`, 'not a choice'],
  ['two schemes at once', change.security([{ basic: [], key: [] }]), `${THING}/get/security/0`, 'exactly one scheme'],
  ['optional credentials', change.security([{}]), `${THING}/get/security/0`, 'exactly one scheme'],
  [
    'another scheme for all operations',
    (document) => void Object.assign(document, { security: [{ key: [] }] }),
    '/security/0',
    '`key` (apiKey)',
  ],
  [
    'paths that match the same',
    change.operation('/things/{id}', { parameters: [{ name: 'id', in: 'path', required: true, ...text }] }),
    '/paths/~1things~1{id}',
    'matches requests to',
  ],
  [
    'a part of a segment',
    change.path('/a{id}', { parameters: [{ name: 'id', in: 'path', required: true, ...text }] }),
    '/paths/~1a{id}',
    'whole segment',
  ],
  ['a path parameter that is not declared', change.operation('/a/{id}'), '/paths/~1a~1{id}/get', '`{id}`'],
];
