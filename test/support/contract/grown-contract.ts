// The contract with more operations, which use every feature of the supported subset of OpenAPI.
import { contract } from '../../../generated/contract.ts';
import type { Contract, Parameter, Schema } from '../../../openapi/model/contract.ts';
import { completeContract } from '../../../openapi/model/load/complete-contract.ts';
import type { HandlerResponse } from '../../../server/edge/options.ts';
import type { AnyHandler } from '../../../server/edge/steps/call-handler.ts';

export const THING_ID = '0190ff7e-3b1c-7d52-9c0e-4a6f8b2d1e35';

const parameter = (location: Parameter['in'], name: string, schema: Schema, more: object = {}) => ({
  name,
  in: location,
  required: location === 'path',
  description: `The ${name}.`,
  schema,
  ...more,
});

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const object = (properties: Record<string, Schema>, required = Object.keys(properties)): Schema => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});
const json = (schema: Schema, examples?: object, mediaType = 'application/json') => ({
  content: { [mediaType]: { schema, ...(examples && { examples }) } },
});

const notFound = (type: string) => ({
  description: 'There is no such thing.',
  ...json(object({ error: object({ type: { type: 'string', enum: [type] }, message: ref('ErrorMessage') }) }), {
    [type]: { value: { error: { type, message: 'There is no such thing.' } } },
  }),
});

const THING = { id: THING_ID, name: 'Bolt', note: null, children: [{ id: THING_ID, name: 'Nut', note: 'small' }] };

const SCHEMAS: Record<string, Schema> = {
  Thing: object(
    {
      id: { type: 'string', format: 'uuid', readOnly: true },
      name: { type: 'string', minLength: 1, maxLength: 40 },
      secret: { type: 'string', writeOnly: true },
      note: { type: ['string', 'null'] },
      children: { type: 'array', items: ref('Thing') },
    },
    ['id', 'name', 'secret', 'note'],
  ),
  ThingPatch: object({ name: { type: 'string' }, note: { type: ['string', 'null'] } }, []),
  Cat: {
    type: 'object',
    required: ['kind', 'lives'],
    properties: { kind: { type: 'string' }, lives: { type: 'integer', minimum: 1, maximum: 9 } },
  },
  Dog: {
    type: 'object',
    required: ['kind', 'barks'],
    properties: { kind: { type: 'string' }, barks: { type: 'boolean' } },
  },
  Pet: {
    oneOf: [ref('Cat'), ref('Dog')],
    discriminator: {
      propertyName: 'kind',
      mapping: { cat: '#/components/schemas/Cat', dog: '#/components/schemas/Dog' },
    },
  },
  Named: { type: 'object', required: ['name'], properties: { name: { type: 'string', minLength: 2 } } },
  Sized: {
    allOf: [
      ref('Named'),
      { type: 'object', required: ['size'], properties: { size: { type: 'number', exclusiveMinimum: 0 } } },
    ],
  },
};

const THING_PATH = {
  parameters: [parameter('path', 'thing-id', { type: 'string', format: 'uuid' }, { example: THING_ID })],
  get: {
    operationId: 'readThing',
    parameters: [
      parameter('query', 'limit', { type: 'integer', minimum: 1, maximum: 100, default: 10 }),
      parameter(
        'query',
        'tags',
        { type: 'array', items: { type: 'string', minLength: 2 } },
        { example: ['ab', 'c d'] },
      ),
      parameter('query', 'ids', { type: 'array', items: { type: 'integer' } }, { explode: false, example: [1, 2] }),
      parameter(
        'query',
        'names',
        { type: 'array', items: { type: 'string' } },
        { explode: false, example: ['a,b', 'c'] },
      ),
      parameter(
        'query',
        'state',
        { type: 'string', enum: ['open', 'closed'] },
        { examples: { closed: { value: 'closed' } } },
      ),
      parameter('query', 'when', { type: 'string', format: 'date-time' }, { example: '2024-07-30T12:00:00Z' }),
      parameter('query', 'search', { type: 'string' }, { example: "it's (a+b)" }),
      parameter('query', 'exact', { type: 'boolean' }),
      parameter('header', 'X-Depth', { type: 'integer', default: 3 }),
    ],
    responses: {
      200: {
        description: 'The thing.',
        headers: { 'X-Total': { schema: { type: 'integer' }, required: true, example: 3 } },
        ...json(ref('Thing'), { bolt: { value: THING } }),
      },
      304: { description: 'It has not changed.' },
      404: notFound('ThingNotFound'),
    },
  },
  put: {
    operationId: 'replaceThing',
    requestBody: {
      required: true,
      ...json(ref('Thing'), { bolt: { value: { name: 'Bolt', secret: 's', note: null } } }),
    },
    responses: {
      200: { description: 'Replaced.', ...json(ref('Thing'), { bolt: { value: THING } }) },
      404: notFound('ThingNotFound'),
      412: notFound('ThingChanged'),
    },
  },
  patch: {
    operationId: 'changeThing',
    requestBody: {
      required: true,
      ...json(ref('ThingPatch'), { rename: { value: { name: 'Screw' } } }, 'application/merge-patch+json'),
    },
    responses: {
      200: { description: 'Changed.', ...json(ref('Thing'), { bolt: { value: THING } }, 'application/vnd.thing+json') },
    },
  },
  delete: { operationId: 'deleteThing', responses: { 204: { description: 'Deleted.' } } },
};

const PATHS = {
  '/things/{thing-id}': THING_PATH,
  '/things/{thing-id}/parts': {
    parameters: [parameter('path', 'thing-id', { type: 'string', format: 'uuid' }, { example: THING_ID })],
    get: {
      operationId: 'countParts',
      parameters: [parameter('path', 'thing-id', { type: 'integer', minimum: 1 })],
      responses: {
        200: {
          description: 'Parts.',
          ...json(object({ count: { type: 'integer' } }), { three: { value: { count: 3 } } }),
        },
      },
    },
  },
  '/jobs': {
    post: {
      operationId: 'startJob',
      requestBody: json(ref('Sized'), { small: { value: { name: 'ab', size: 1.5 } } }),
      responses: {
        202: {
          description: 'Started.',
          headers: { Location: { schema: { type: 'string' }, required: true, example: '/api/jobs/1' } },
          links: { job: { operationId: 'latestJob' } },
        },
      },
      callbacks: { done: { '{$request.query.url}': { post: { responses: { 200: { description: 'Received.' } } } } } },
    },
  },
  '/jobs/latest': {
    get: {
      operationId: 'latestJob',
      security: [],
      responses: {
        302: {
          description: 'Where it is.',
          headers: { Location: { schema: { type: 'string' }, required: true, example: '/api/jobs/1' } },
        },
      },
    },
  },
  '/jobs/{id}': {
    get: {
      operationId: 'readJob',
      parameters: [parameter('path', 'id', { type: 'integer', minimum: 1 })],
      responses: {
        200: { description: 'The job.', ...json(object({ id: { type: 'integer' } }), { first: { value: { id: 1 } } }) },
      },
    },
  },
  '/pets': {
    post: {
      operationId: 'addPet',
      requestBody: {
        required: true,
        ...json(ref('Pet'), {
          cat: { value: { kind: 'cat', lives: 9 } },
          dog: { value: { kind: 'dog', barks: true } },
        }),
      },
      responses: {
        201: {
          description: 'Added.',
          ...json(ref('Pet'), {
            cat: { value: { kind: 'cat', lives: 9 } },
            dog: { value: { kind: 'dog', barks: true } },
          }),
        },
      },
    },
  },
  // A required property with any value.
  '/notes': {
    post: {
      operationId: 'addNote',
      requestBody: { required: true, ...json({}, { text: { value: 'text' } }) },
      responses: { 204: { description: 'Added.' } },
    },
  },
};

/** A copy of the contract with these operations. */
export function growContract(): Contract {
  const grown = structuredClone(contract);
  Object.assign(grown.components.schemas, structuredClone(SCHEMAS));
  Object.assign(grown.paths, structuredClone(PATHS));
  Object.assign(grown, { webhooks: { thingChanged: { post: { responses: { 200: { description: 'Received.' } } } } } });
  completeContract(grown);
  return grown;
}

interface AnyRequest {
  path: Record<string, unknown>;
  query: Record<string, unknown>;
  headers: Record<string, unknown>;
  body: unknown;
}

/** Handlers of the added operations. `received` collects the requests that reach them. */
export function grownHandlers() {
  const received: (AnyRequest & { operationId: string })[] = [];
  const handler = (
    operationId: string,
    respond: (request: AnyRequest) => HandlerResponse,
  ): [string, AnyHandler<undefined>] => [
    operationId,
    async (request) => {
      const { path, query, headers, body } = request as AnyRequest; // The edge passes this request to every handler.
      received.push({ operationId, path, query, headers, body });
      return respond({ path, query, headers, body });
    },
  ];
  const thing = (status: number): HandlerResponse => ({ status, body: structuredClone(THING) });
  const handlers = Object.fromEntries([
    handler('readThing', () => ({ ...thing(200), headers: { 'X-Total': 3 } })),
    handler('replaceThing', () => thing(200)),
    handler('changeThing', () => thing(200)),
    handler('deleteThing', () => ({ status: 204 })),
    handler('countParts', () => ({ status: 200, body: { count: 3 } })),
    handler('startJob', () => ({ status: 202, headers: { Location: '/api/jobs/1' } })),
    handler('latestJob', () => ({ status: 302, headers: { Location: '/api/jobs/1' } })),
    handler('readJob', ({ path }) => ({ status: 200, body: { id: path.id } })),
    handler('addPet', ({ body }) => ({ status: 201, body })),
    handler('addNote', () => ({ status: 204 })),
  ]);
  return { handlers, received };
}
