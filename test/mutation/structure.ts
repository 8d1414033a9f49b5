// The structure of a contract: the fields of each kind of object, with the names of the OpenAPI specification.
import { escapeSegment } from '../../openapi/model/json-pointer.ts';
import { DESCRIPTIVE_KEYWORDS } from '../conformance/cases/schema.ts';

export type Kind =
  | 'document'
  | 'info'
  | 'limit'
  | 'components'
  | 'pathItem'
  | 'operation'
  | 'parameter'
  | 'header'
  | 'requestBody'
  | 'response'
  | 'mediaType'
  | 'securityScheme'
  | 'schema';

/** A field that holds one object, or a list or map of objects. */
type Child = ['one' | 'list' | 'map', Kind];

const OPERATION: Child = ['one', 'operation'];
const SCHEMA: Child = ['one', 'schema'];
const SCHEMAS: Child = ['list', 'schema'];
const NAMED_SCHEMAS: Child = ['map', 'schema'];
const PARAMETERS: Child = ['list', 'parameter'];
const CONTENT: Child = ['map', 'mediaType'];
const HEADERS: Child = ['map', 'header'];
const RESPONSES: Child = ['map', 'response'];

const CHILDREN: Record<Kind, Record<string, Child>> = {
  document: {
    info: ['one', 'info'],
    paths: ['map', 'pathItem'],
    components: ['one', 'components'],
    'x-fallback-responses': RESPONSES,
    'x-limits': ['map', 'limit'],
  },
  info: {},
  limit: {},
  components: {
    schemas: NAMED_SCHEMAS,
    responses: RESPONSES,
    parameters: ['map', 'parameter'],
    headers: HEADERS,
    requestBodies: ['map', 'requestBody'],
    securitySchemes: ['map', 'securityScheme'],
  },
  pathItem: {
    parameters: PARAMETERS,
    ...{ get: OPERATION, put: OPERATION, post: OPERATION, delete: OPERATION },
    ...{ options: OPERATION, head: OPERATION, patch: OPERATION, trace: OPERATION },
  },
  operation: { parameters: PARAMETERS, requestBody: ['one', 'requestBody'], responses: RESPONSES },
  parameter: { schema: SCHEMA, content: CONTENT },
  header: { schema: SCHEMA, content: CONTENT },
  requestBody: { content: CONTENT },
  response: { headers: HEADERS, content: CONTENT },
  mediaType: { schema: SCHEMA },
  securityScheme: {},
  schema: {
    ...{ properties: NAMED_SCHEMAS, patternProperties: NAMED_SCHEMAS, dependentSchemas: NAMED_SCHEMAS },
    ...{ $defs: NAMED_SCHEMAS, prefixItems: SCHEMAS, allOf: SCHEMAS, anyOf: SCHEMAS, oneOf: SCHEMAS },
    ...{ items: SCHEMA, contains: SCHEMA, additionalProperties: SCHEMA, propertyNames: SCHEMA, not: SCHEMA },
    ...{ unevaluatedItems: SCHEMA, unevaluatedProperties: SCHEMA },
  },
};

/** Fields that describe or name, and restrict nothing. */
const DESCRIPTIONS: Record<Kind, string[]> = {
  document: ['openapi', 'servers', 'tags', 'externalDocs', 'jsonSchemaDialect', 'webhooks'],
  info: ['title', 'summary', 'description', 'termsOfService', 'contact', 'license'],
  limit: ['description'],
  components: ['examples', 'links', 'callbacks'],
  pathItem: ['summary', 'description', 'servers'],
  operation: ['operationId', 'tags', 'summary', 'description', 'externalDocs', 'deprecated', 'servers', 'callbacks'],
  // Name, location and style identify the parameter.
  parameter: ['name', 'in', 'style', 'explode', 'description', 'deprecated', 'example', 'examples', 'allowReserved'],
  header: ['style', 'explode', 'description', 'deprecated', 'example', 'examples'],
  requestBody: ['description'],
  response: ['description', 'links'],
  mediaType: ['example', 'examples', 'encoding'],
  securityScheme: ['description'],
  schema: [...DESCRIPTIVE_KEYWORDS],
};

/** Extensions that are data, which the server, the documents and the gate read. All others only describe. */
const DATA_EXTENSIONS = ['x-fallback-responses', 'x-limits', 'x-order-of-checks'];

export interface Field {
  kind: Kind;
  key: string;
  value: unknown;
  /** JSON Pointer to the field. */
  pointer: string;
}

/**
 * Every field of every object in the contract that is neither a description nor an extension without data. References
 * are not followed, because their targets are visited too.
 */
export function* fieldsOf(node: unknown, kind: Kind = 'document', pointer = ''): Generator<Field> {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    const child = CHILDREN[kind][key];
    const at = `${pointer}/${escapeSegment(key)}`;
    const describes = key.startsWith('x-') && !DATA_EXTENSIONS.includes(key);
    if (!describes && !DESCRIPTIONS[kind].includes(key)) yield { kind, key, value, pointer: at };
    if (!child) continue;
    const [shape, below] = child;
    if (shape === 'one') yield* fieldsOf(value, below, at);
    else
      for (const [name, each] of Object.entries(Object(value)))
        yield* fieldsOf(each, below, `${at}/${escapeSegment(name)}`);
  }
}
