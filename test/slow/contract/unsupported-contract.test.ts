// Unsupported contracts: a list of all unsupported parts, by file and line.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { operationsOf } from '../../../openapi/model/contract.ts';
import { ContractError } from '../../../openapi/model/contract-error.ts';
import { loadContract } from '../../../openapi/model/load/load-contract.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contracts-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, document: object): Promise<string> {
  const path = join(folder, `${name}.yaml`);
  await writeFile(path, stringify(document, { aliasDuplicateObjects: false }));
  return path;
}

const json = (schema: object) => ({ content: { 'application/json': { schema } } });

const envelope = (type: object) => ({
  type: 'object',
  properties: { error: { type: 'object', properties: { type, message: { type: 'string' } } } },
});

describe('a contract that is not supported', () => {
  it('is rejected with all unsupported parts, and nothing else', async () => {
    const file = await write('rejected', {
      openapi: '3.1.0',
      info: { title: 'Files', version: '1' },
      security: [{ token: [] }],
      paths: {
        '/files': {
          post: {
            operationId: 'files/upload',
            requestBody: { content: { 'multipart/form-data': { schema: { type: 'object' } } } },
            responses: {
              200: {
                description: 'Uploaded',
                ...json({ type: 'object', properties: { size: { type: 'integer', format: 'int64' } } }),
              },
              default: { description: 'Wrong' },
            },
          },
        },
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    });

    const error = await loadContract(file).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(ContractError);
    const pointers = String(error)
      .split('\n')
      .map((line) => / at #(\S+): /.exec(line)?.[1]);
    expect(pointers.sort()).toEqual([
      '/paths/~1files/post/operationId',
      '/paths/~1files/post/requestBody/content/multipart~1form-data',
      '/paths/~1files/post/responses/200/content/application~1json/schema/properties/size',
      '/paths/~1files/post/responses/default',
      '/security/0',
    ]);
  });

  it('is rejected when its errors have another form than those of the edge', async () => {
    const file = await write('errors', {
      openapi: '3.1.0',
      info: { title: 'Errors', version: '1' },
      paths: {
        '/a': {
          get: {
            operationId: 'a',
            responses: {
              204: { description: 'Well' },
              400: { description: 'Bad', ...json(envelope({ type: 'string', enum: ['Wrong'] })) },
            },
          },
        },
      },
    });

    const error = await loadContract(file).catch((reason: unknown) => reason);

    expect(String(error).split('\n')).toEqual([
      expect.stringMatching(
        /errors\.yaml:\d+:\d+ at #\/paths\/~1a\/get\/responses\/400: .* `InvalidRequest`.*it is added then\.$/,
      ),
    ]);
  });
});

describe('examples', () => {
  const thing = {
    type: 'object',
    required: ['id', 'secret'],
    properties: { id: { type: 'integer', readOnly: true }, secret: { type: 'string', writeOnly: true } },
  };
  const contractWith = (request: object, response: object) => ({
    openapi: '3.1.0',
    info: { title: 'Things', version: '1' },
    paths: {
      '/things': {
        post: {
          operationId: 'addThing',
          requestBody: { content: { 'application/json': { schema: thing, example: request } } },
          responses: {
            201: { description: 'Added', content: { 'application/json': { schema: thing, example: response } } },
          },
        },
      },
    },
  });

  it('need no readOnly property in requests, and no writeOnly property in responses', async () => {
    const contract = await loadContract(await write('examples', contractWith({ secret: 's' }, { id: 1 })));

    expect(operationsOf(contract).map(({ operation }) => operation.operationId)).toEqual(['addThing']);
  });

  it('are rejected by their places when they have them', async () => {
    const both = { id: 1, secret: 's' };
    const file = await write('hidden', contractWith(both, both));

    const error = await loadContract(file).catch((reason: unknown) => reason);

    expect(String(error).split('\n')).toEqual([
      expect.stringMatching(/ at #\/paths\/~1things\/post\/requestBody\/\S+: The example breaks its schema: it\/id /),
      expect.stringMatching(
        / at #\/paths\/~1things\/post\/responses\/201\/\S+: The example breaks its schema: it\/secret /,
      ),
    ]);
  });
});

describe('a contract with values of other kinds in its fallback responses', () => {
  const withFallback = (response: unknown) => ({
    openapi: '3.1.0',
    info: { title: 'Odd', version: '1' },
    paths: { '/a': { get: { operationId: 'a', responses: { 204: { description: 'Well' } } } } },
    'x-fallback-responses': { 404: response },
  });

  it.each([
    ['null', null],
    ['a text', 'x'],
    ['a header that is a text', { description: 'No', headers: { 'X-A': 'x' } }],
    ['a reference to all headers', { description: 'No', headers: { $ref: '#/nope' } }],
    ['properties that are null', { description: 'No', ...json({ properties: null }) }],
    ['an empty enum', { description: 'No', ...json({ enum: [] }) }],
    ['a type that is a number', { description: 'No', ...json({ type: 1 }) }],
    ['a reference that is a number', { description: 'No', ...json({ $ref: 1 }) }],
  ])('is rejected by file and line: %s', async (name, response) => {
    const file = await write(name.replaceAll(' ', '-'), withFallback(response));

    const error = await loadContract(file).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(ContractError);
    for (const line of String(error).replace('ContractError: ', '').split('\n'))
      expect(line).toMatch(/\.yaml:\d+:\d+ /);
  });
});
