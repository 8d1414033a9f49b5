// A small supported contract, changes of it, and the problems that loading them reports.
import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { LineCounter, parseDocument, stringify } from 'yaml';
import { ContractError } from '../../../openapi/model/contract-error.ts';
import { loadContract } from '../../../openapi/model/load/load-contract.ts';

/** The folder of the contracts. */
export const folder = await mkdtemp(join(tmpdir(), 'subset-'));
process.once('exit', () => rmSync(folder, { recursive: true }));

export const json = (schema: object) => ({ 'application/json': { schema } });

/** A contract with two operations, which is fully supported. */
export function plain() {
  return {
    openapi: '3.1.0',
    info: { title: 'Things', version: '1' },
    servers: [{ url: 'https://api.example/v1' }],
    security: [{ basic: [] as string[] }] as object[],
    paths: {
      '/things/{thing-id}': {
        parameters: [{ name: 'thing-id', in: 'path', required: true, schema: { type: 'string' } }] as object[],
        get: {
          operationId: 'getThing',
          parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer' } }] as object[],
          responses: {
            200: {
              description: 'Found.',
              headers: { 'X-Total': { schema: { type: 'integer' } } } as Record<string, object>,
              content: json({ $ref: '#/components/schemas/Thing' }) as Record<string, object>,
            },
          } as Record<string, object>,
        } as Record<string, unknown>,
        put: {
          operationId: 'putThing',
          requestBody: { required: true, content: json({ $ref: '#/components/schemas/Thing' }) as object } as object,
          responses: { 204: { description: 'Stored.' } } as Record<string, object>,
        } as Record<string, unknown>,
      } as Record<string, unknown>,
    } as Record<string, object>,
    components: {
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic' },
        key: { type: 'apiKey', in: 'header', name: 'X-Key' },
        login: {
          type: 'oauth2',
          flows: { clientCredentials: { tokenUrl: 'https://a.example', scopes: { read: 'R' } } },
        },
        token: { type: 'http', scheme: 'bearer' },
      },
      schemas: {
        Thing: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } } as Record<
          string,
          unknown
        >,
      } as Record<string, object>,
    },
  };
}

export type Document = ReturnType<typeof plain>;

export interface Changed {
  /** The reported lines. */
  lines: string[];
  /** Finds `FILE:LINE` of the value at a pointer, with another parser. */
  lineOf(pointer: string): string;
}

let count = 0;

/** Loads a contract after a change. */
export async function check(change: (document: Document) => void): Promise<Changed> {
  const document = plain();
  change(document);
  count += 1;
  const file = join(folder, `${count}.yaml`);
  const text = stringify(document, { aliasDuplicateObjects: false });
  await writeFile(file, text);
  const lines = await loadContract(relative(process.cwd(), file)).then(
    () => [],
    (error: unknown) => {
      if (!(error instanceof ContractError)) throw error;
      return error.message.split('\n');
    },
  );
  return {
    lines,
    lineOf(pointer) {
      const counter = new LineCounter();
      const keys = pointer
        .split('/')
        .slice(1)
        .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
      const parsed = parseDocument(text, { lineCounter: counter });
      // An unquoted key of digits is a number in YAML. The place of an object is that of its key.
      let node: unknown = parsed.contents;
      let line = 1;
      for (const key of keys) {
        const items = Reflect.get(Object(node), 'items');
        const pair =
          items.find(({ key: at }: { key?: { value: unknown } }) => String(at?.value) === key) ?? items[Number(key)];
        line = counter.linePos((pair.key ?? pair).range[0]).line;
        node = pair.value ?? pair;
      }
      return `${relative(process.cwd(), file)}:${line}`;
    },
  };
}

export const THING = '/paths/~1things~1{thing-id}';
export const item = ({ paths }: Document) =>
  paths['/things/{thing-id}'] as { get: Record<string, unknown>; put: Record<string, unknown> } & Record<
    string,
    unknown
  >;
export const text = { schema: { type: 'string' } };

export const PARAMETER = `${THING}/get/parameters/0`;
export const SCHEMA = '/components/schemas/Thing';
export const SIZE = `${SCHEMA}/properties/size`;

const withMethods = (fields: (methods: ReturnType<typeof item>) => object) => (document: Document) => {
  Object.assign(item(document), fields(item(document)));
};
const withField = (method: 'get' | 'put', fields: object) => (document: Document) => {
  Object.assign(item(document)[method], fields);
};
const withPath = (path: string, value: object) => (document: Document) => {
  document.paths[path] = value;
};
/** Adds another operation with the method GET. */
const withOperation = (path: string, fields: object = {}) =>
  withPath(path, { get: { operationId: 'other', responses: { 204: { description: 'So.' } }, ...fields } });
const withSchema = (schema: object) => (document: Document) => {
  document.components.schemas.Thing = schema;
};
const withProperty = (schema: object) => withSchema({ type: 'object', properties: { size: schema } });
const withParameter = (parameter: object) => (document: Document) => {
  item(document).get.parameters = [parameter];
};
const withResponse = (status: string, response: object) => (document: Document) => {
  Object.assign(item(document).get.responses as object, { [status]: { description: 'So.', ...response } });
};
const withHeader = (name: string, header: object) => withResponse('202', { headers: { [name]: header } });
const withBody = (content: object) => (document: Document) => {
  item(document).put.requestBody = { content };
};
const withSecurity = (security: object[]) => (document: Document) => {
  item(document).get.security = security;
};

/** Makes changes of the contract, by the value that they set. */
export const change = {
  methods: withMethods,
  field: withField,
  path: withPath,
  operation: withOperation,
  schema: withSchema,
  property: withProperty,
  parameter: withParameter,
  response: withResponse,
  header: withHeader,
  body: withBody,
  security: withSecurity,
};
