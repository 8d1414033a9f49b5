// New paths in front of older ones, and limits that other keywords imply.
import { describe, expect, it } from 'vitest';
import { compareContracts } from '../../../openapi/breaking-changes/compare/compare-contracts.ts';

const responses = { 200: { description: 'All.' } };

const parameter = (name: string, schema: object) => ({ name, in: 'path', required: true, schema });
const LETTERS = { type: 'string', pattern: '^[a-z]{1,5}$' };

/** A document with these paths, each with a GET; the schemas are those of its path parameters. */
function documentWith(paths: Record<string, object[]>, method = 'get') {
  const items = Object.entries(paths).map(([path, schemas]) => {
    const names = [...path.matchAll(/\{(.*?)\}/g)].map(([, name = '']) => name);
    const parameters = schemas.map((schema, index) => parameter(names[index] ?? '', schema));
    return [path, { [method]: { operationId: 'one', parameters, responses } }];
  });
  return { openapi: '3.1.0', paths: Object.fromEntries(items) };
}

const breaking = (before: object, after: object) =>
  compareContracts(before, after).filter(({ effect }) => effect === 'breaking');

describe('a new path', () => {
  it.each<[string, Record<string, object[]>, string, object[]]>([
    ['a literal that the parameter can be', { '/x/{id}': [LETTERS] }, '/x/abc', []],
    ['a number', { '/x/{id}': [{ type: 'integer', minimum: 1 }] }, '/x/12', []],
    ['a word, where the parameter can be true or false', { '/x/{id}': [{ type: 'boolean' }] }, '/x/true', []],
    ['a literal that is percent-encoded', { '/x/{id}': [{ enum: ['a b'] }] }, '/x/a%20b', []],
    ['a literal, and the parameter has no schema', { '/x/{id}': [] }, '/x/abc', []],
    ['a literal in the middle', { '/x/{id}/y': [LETTERS] }, '/x/abc/y', []],
    ['a literal in front of a parameter', { '/x/{id}/{part}': [LETTERS, LETTERS] }, '/x/abc/{part}', [LETTERS]],
    ['a literal in front of a parameter where a literal was', { '/x/{id}/y': [LETTERS] }, '/x/abc/{part}', [LETTERS]],
    ['two literals', { '/{one}/{two}': [LETTERS, LETTERS] }, '/a/b', []],
  ])('breaks clients if it takes requests from an older one: %s', (_, older, path, schemas) => {
    const found = breaking(documentWith(older), documentWith({ ...older, [path]: schemas }));

    expect(found.map(({ pointer }) => pointer)).toEqual([`/paths/${path.replaceAll('/', '~1')}`]);
    expect(found[0]?.isShared).toBe(true);
    expect(found[0]?.message).toContain(`The new path \`${path}\` takes requests from GET ${Object.keys(older)}`);
  });

  it('breaks clients also with another method, which is the only one there', () => {
    const older = documentWith({ '/x/{id}': [LETTERS] });
    const { paths } = documentWith({ '/x/abc': [] }, 'post');

    expect(breaking(older, { ...older, paths: { ...older.paths, ...paths } })).toHaveLength(1);
  });

  it.each<[string, Record<string, object[]>, string, object[]]>([
    ['the pattern excludes it', { '/x/{id}': [LETTERS] }, '/x/abcdef', []],
    ['the format excludes it', { '/x/{id}': [{ type: 'string', format: 'uuid' }] }, '/x/abc', []],
    ['the type excludes it', { '/x/{id}': [{ type: 'integer' }] }, '/x/abc', []],
    ['the limit excludes it', { '/x/{id}': [{ type: 'integer', maximum: 9 }] }, '/x/12', []],
    ['one of two parameters excludes it', { '/{one}/{two}': [LETTERS, LETTERS] }, '/a/12', []],
    ['it has more segments', { '/x/{id}': [LETTERS] }, '/x/abc/y', []],
    ['it has another literal', { '/x/{id}': [LETTERS] }, '/y/abc', []],
    ['it is matched after the older one', { '/x/abc': [] }, '/x/{id}', [LETTERS]],
    ['it is a parameter in front of a literal', { '/x/{id}/y': [LETTERS] }, '/{part}/abc/y', [LETTERS]],
  ])('breaks no client if %s', (_, older, path, schemas) => {
    expect(breaking(documentWith(older), documentWith({ ...older, [path]: schemas }))).toEqual([]);
  });

  it('breaks no client if it existed before, in front of the other', () => {
    const older = { '/x/{id}': [LETTERS], '/x/abc': [] };

    expect(breaking(documentWith(older), documentWith(older))).toEqual([]);
  });
});

describe('a limit', () => {
  const OBJECT = {
    type: 'object',
    required: ['a', 'b'],
    properties: { a: {}, b: {}, c: {} },
    additionalProperties: false,
  };
  const bodyOf = (schema: object) => ({
    openapi: '3.1.0',
    paths: { '/x': { post: { requestBody: { content: { 'application/json': { schema } } }, responses } } },
  });
  const changesOf = (before: object, after: object) =>
    compareContracts(bodyOf(before), bodyOf(after)).map(({ effect }) => effect);

  it.each<[string, object, object]>([
    ['as many properties as are required', OBJECT, { allOf: [OBJECT, { type: 'object', minProperties: 2 }] }],
    ['fewer properties than are required', OBJECT, { ...OBJECT, minProperties: 1 }],
    ['as many properties as there are', OBJECT, { ...OBJECT, maxProperties: 3 }],
    [
      'unique items of a list of one',
      { type: 'array', maxItems: 1 },
      { type: 'array', maxItems: 1, uniqueItems: true },
    ],
  ])('is no change when other keywords imply it: %s', (_, before, after) => {
    expect(changesOf(before, after)).toEqual([]);
    expect(changesOf(after, before)).toEqual([]);
  });

  it.each<[string, object, object]>([
    ['more properties than are required', OBJECT, { ...OBJECT, minProperties: 3 }],
    ['fewer properties than there are', OBJECT, { ...OBJECT, maxProperties: 2 }],
    ['properties of an open object', { ...OBJECT, additionalProperties: true }, { ...OBJECT, maxProperties: 3 }],
    ['unique items', { type: 'array', maxItems: 2 }, { type: 'array', maxItems: 2, uniqueItems: true }],
  ])('is a change when they do not imply it: %s', (_, before, after) => {
    expect(changesOf(before, after)).toContain('breaking');
    expect(changesOf(after, before)).not.toContain('breaking');
    expect(changesOf(after, before)).not.toEqual([]);
  });
});
