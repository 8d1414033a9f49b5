// The contract that the edits of the gate's table start from: the released contract of the tests, and operations with
// everything else.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { TESTED_VERSION } from '../../support/contract/tested-version.ts';
import { ROOT } from '../../support/project-copy.ts';

/** Properties of both a request and a response of the added operations. */
const FIELDS = {
  name: { type: 'string', minLength: 2, maxLength: 200 },
  note: { type: ['string', 'null'], maxLength: 500 },
  kind: { const: 'company' },
  status: { type: 'string', enum: ['active', 'closed'] },
  employees: { type: 'integer', minimum: 1, maximum: 1000 },
  share: { type: 'number', exclusiveMinimum: 0, maximum: 1, multipleOf: 0.25 },
  labels: { type: 'array', minItems: 1, maxItems: 5, uniqueItems: true, items: { type: 'string', maxLength: 20 } },
  email: { type: 'string', format: 'email' },
  code: { type: 'string', pattern: '^[0-9a-f]{8}$' },
  isVisible: { type: 'boolean', default: true },
  address: {
    type: 'object',
    additionalProperties: false,
    required: ['city'],
    properties: { city: { type: 'string' }, zip: { type: 'string' } },
  },
  counts: { type: 'object', additionalProperties: { type: 'integer' }, maxProperties: 10 },
  contact: {
    oneOf: [{ $ref: '#/components/schemas/Email' }, { $ref: '#/components/schemas/Phone' }],
    discriminator: {
      propertyName: 'by',
      mapping: { email: '#/components/schemas/Email', phone: '#/components/schemas/Phone' },
    },
  },
  security: { type: 'string', maxLength: 10 },
  parent: { $ref: '#/components/schemas/Node' },
};

const REQUIRED = ['name', 'status'];

/** The schemas of the added operations. */
const SCHEMAS = {
  Profile: { type: 'object', required: [...REQUIRED], properties: structuredClone(FIELDS) },
  ProfileView: { type: 'object', required: [...REQUIRED], properties: structuredClone(FIELDS) },
  Email: { type: 'object', required: ['by'], properties: { by: { type: 'string' }, email: { type: 'string' } } },
  Phone: { type: 'object', required: ['by'], properties: { by: { type: 'string' }, phone: { type: 'string' } } },
  Node: { type: 'object', properties: { next: { $ref: '#/components/schemas/Node' }, size: { type: 'integer' } } },
  Color: { type: 'string', 'x-extensible': true, enum: ['red', 'blue'] },
};

const parameter = (name: string, schema: object, more: object = {}) => ({ name, in: 'query', schema, ...more });

/** A callback: a request of the service to a URL that a client has given. */
const callback = (expression: string) => ({
  [expression]: {
    post: {
      requestBody: { content: { 'application/json': { schema: { type: 'string', maxLength: 10 } } } },
      responses: { 204: { description: 'Received.' } },
    },
  },
});

const PATHS = {
  '/customers': {
    parameters: [{ name: 'X-Trace', in: 'header', schema: { type: 'string', maxLength: 50 } }],
    get: {
      operationId: 'listCustomers',
      security: [{ basic: [] }, { bearer: ['read'] }],
      parameters: [
        parameter('limit', { type: 'integer', minimum: 1, maximum: 100, default: 20 }),
        parameter('sort', { type: 'string', enum: ['name', 'id'] }),
        parameter('ids', { type: 'array', maxItems: 9, items: { type: 'string' } }),
        parameter('account', { type: 'string' }, { required: true }),
        parameter('next', { type: 'string', format: 'uri' }),
        parameter('quick', { type: 'boolean' }, { allowEmptyValue: true }),
      ],
      responses: {
        200: {
          description: 'A page.',
          headers: {
            'X-Total': { required: true, schema: { type: 'integer', minimum: 0 } },
            'X-Page': { schema: { type: 'integer' } },
            'X-Sort': { schema: { type: 'string', default: 'name' } },
            'X-Ids': { schema: { type: 'array', items: { type: 'string' } } },
            'X-Version': { schema: { $ref: '#/components/schemas/ApiVersion' } },
          },
          content: { 'application/json': { schema: { type: 'array', maxItems: 100, items: { type: 'string' } } } },
        },
        '4XX': { description: 'Wrong.' },
      },
    },
  },
  '/customers/{customerId}': {
    put: {
      operationId: 'replaceProfile',
      parameters: [{ name: 'customerId', in: 'path', required: true, schema: { type: 'string', maxLength: 36 } }],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Profile' } } },
      },
      responses: {
        200: {
          description: 'The profile.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/ProfileView' } } },
        },
        204: { description: 'Nothing.' },
      },
    },
    patch: {
      operationId: 'paint',
      servers: [{ url: 'https://paint.example.com/v1' }],
      callbacks: {
        dry: callback('{$request.query.dryUrl}'),
        onDrop: callback('{$request.query.url}'),
        onEnd: callback('{$request.query.url}'),
      },
      'x-extensible': true,
      security: [],
      requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Color' } } } },
      responses: {
        200: {
          description: 'The colour.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Color' } } },
        },
      },
    },
  },
};

/** Creates a fresh copy. */
export async function readBaseContract(): Promise<() => object> {
  const contract = parse(await readFile(join(ROOT, `openapi/versions/${TESTED_VERSION}.yaml`), 'utf8'));
  Object.assign(contract.paths, PATHS);
  Object.assign(contract.components.schemas, SCHEMAS);
  contract.components.securitySchemes.bearer = { type: 'http', scheme: 'bearer' };
  contract.webhooks = {
    organizationCreated: {
      post: {
        operationId: 'organizationCreated',
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['id'],
                properties: { id: { type: 'string', maxLength: 36 }, reason: { type: 'string', enum: ['new'] } },
              },
            },
          },
        },
        responses: { 200: { description: 'Received.' } },
      },
    },
  };
  return () => structuredClone(contract);
}
