// The types of optional parameters, which clients may pass on as undefined.
import openapiTS, { astToString, type OpenAPI3, type SchemaObject } from 'openapi-typescript';
import { describe, expect, it } from 'vitest';
import { allowUndefinedParameters } from '../../openapi/generator/allow-undefined.ts';

const text = { schema: { type: 'string' as const } };
/** A schema whose properties look like the parameters of an operation. */
const LIKE_PARAMETERS: SchemaObject = {
  type: 'object',
  properties: {
    parameters: { type: 'object', properties: { query: { type: 'object', properties: { a: text.schema } } } },
  },
};

const DOCUMENT: OpenAPI3 = {
  openapi: '3.1.0',
  info: { title: 'A', version: '1' },
  paths: {
    '/things/{id}': {
      parameters: [
        { name: 'id', in: 'path', required: true, ...text },
        { name: 'X-Path', in: 'header', ...text },
      ],
      get: {
        operationId: 'getThing',
        parameters: [
          { name: 'filter', in: 'query', ...text },
          { name: 'page', in: 'query', required: true, ...text },
          { $ref: '#/components/parameters/Shared' },
          { name: 'session', in: 'cookie', description: 'Whose it is.', ...text },
        ],
        responses: { 200: { description: 'It', content: { 'application/json': { schema: LIKE_PARAMETERS } } } },
      },
    },
  },
  components: {
    parameters: { Shared: { name: 'X-Shared', in: 'header', ...text } },
    schemas: { Thing: LIKE_PARAMETERS },
  },
};

describe('allowUndefinedParameters', () => {
  it('changes the optional parameters of paths and operations, and nothing else', async () => {
    const before = await openapiTS(DOCUMENT);
    const [old, changed] = [before, before.map(allowUndefinedParameters)].map((nodes) =>
      astToString(nodes).split('\n'),
    );

    const added = changed?.filter((line) => !old?.includes(line)).map((line) => line.trim());
    expect(added).toEqual([
      '"X-Path"?: string | undefined;',
      'filter?: string | undefined;',
      '"X-Path"?: string | undefined;',
      '"X-Shared"?: components["parameters"]["Shared"] | undefined;',
      'session?: string | undefined;',
    ]);
    expect(changed?.join('\n').replaceAll(' | undefined;', ';')).toBe(old?.join('\n'));
  });
});
