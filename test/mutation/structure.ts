// What stands where in a contract: the parts of each kind of object, by the names that the OpenAPI specification gives them.
import { escapeSegment } from '../conformance/case.ts';
import { DESCRIPTIVE_KEYWORDS } from '../conformance/schema.ts';

export type Kind =
  | 'document'
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

/** A part is one object, or a list or a map of such. */
type Part = ['one' | 'list' | 'map', Kind];

const OPERATION: Part = ['one', 'operation'];
const SCHEMA: Part = ['one', 'schema'];
const SCHEMAS: Part = ['list', 'schema'];
const NAMED_SCHEMAS: Part = ['map', 'schema'];
const PARAMETERS: Part = ['list', 'parameter'];
const CONTENT: Part = ['map', 'mediaType'];
const HEADERS: Part = ['map', 'header'];
const RESPONSES: Part = ['map', 'response'];

const PARTS: Record<Kind, Record<string, Part>> = {
  document: {
    paths: ['map', 'pathItem'],
    components: ['one', 'components'],
    'x-fallback-responses': RESPONSES,
  },
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

/** What describes, names or helps, and forbids nothing. */
const DESCRIPTIONS: Record<Kind, string[]> = {
  document: ['openapi', 'info', 'servers', 'tags', 'externalDocs', 'jsonSchemaDialect'],
  components: ['examples', 'links', 'callbacks'],
  pathItem: ['summary', 'description', 'servers'],
  operation: ['operationId', 'tags', 'summary', 'description', 'externalDocs', 'deprecated', 'servers', 'callbacks'],
  // Name, place and spelling say which parameter it is; with others it would be another one.
  parameter: ['name', 'in', 'style', 'explode', 'description', 'deprecated', 'example', 'examples', 'allowReserved'],
  header: ['style', 'explode', 'description', 'deprecated', 'example', 'examples'],
  requestBody: ['description'],
  response: ['description', 'links'],
  mediaType: ['example', 'examples', 'encoding'],
  securityScheme: ['description'],
  schema: [...DESCRIPTIVE_KEYWORDS],
};

export interface Field {
  kind: Kind;
  key: string;
  value: unknown;
  /** JSON Pointer to it. */
  pointer: string;
}

/** Every field of every object in the contract that is neither a description nor an extension. References are not followed: what they name stands in the contract too. */
export function* fieldsOf(node: unknown, kind: Kind = 'document', pointer = ''): Generator<Field> {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    const part = PARTS[kind][key];
    const at = `${pointer}/${escapeSegment(key)}`;
    const isExtension = key.startsWith('x-') && !part;
    if (!isExtension && !DESCRIPTIONS[kind].includes(key)) yield { kind, key, value, pointer: at };
    if (!part) continue;
    const [shape, below] = part;
    if (shape === 'one') yield* fieldsOf(value, below, at);
    else
      for (const [name, each] of Object.entries(Object(value)))
        yield* fieldsOf(each, below, `${at}/${escapeSegment(name)}`);
  }
}
