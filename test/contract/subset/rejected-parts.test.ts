// The stated subset of OpenAPI: everything else is rejected with file, line, pointer, reason and remedy.
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ContractError } from '../../../openapi/model/contract-error.ts';
import { readContract } from '../../../openapi/model/load/read-contract.ts';
import { change, check, folder } from '../../support/contract/changed-contract.ts';
import { REJECTED_OPERATIONS } from './rejected-operations.ts';
import { REJECTED_VALUES } from './rejected-values.ts';

describe('the stated subset', () => {
  it('accepts a contract within it', async () => {
    const { lines } = await check(() => undefined);

    expect(lines).toEqual([]);
  });

  it.each([...REJECTED_OPERATIONS, ...REJECTED_VALUES])(
    'rejects %s in one line, by file, line and pointer, with a remedy',
    async (_, change, pointer, reason) => {
      const { lines, lineOf } = await check(change);
      const ours = lines.filter((line) => line.includes(reason));

      expect(ours, lines.join('\n')).toHaveLength(1);
      expect(ours[0]).toMatch(/^\S+:\d+:\d+ at #\S*: [^.]*\.?.*\. [A-Z].*\.$/);
      expect(ours[0]).toContain(` at #${pointer}: `);
      expect(ours[0]?.replace(/:\d+ at .*/, '')).toBe(lineOf(pointer));
    },
  );

  it('names the file that contains a rejected part', async () => {
    const file = join(folder, 'part.yaml');
    await writeFile(file, stringify({ type: 'object', properties: { size: { type: 'integer', format: 'int64' } } }));

    const { lines } = await check(change.property({ $ref: './part.yaml' }));

    expect(lines).toEqual([expect.stringContaining(`${relative(process.cwd(), file)}:3:3 at #/properties/size: `)]);
  });

  it('reports every rejected part, not only the first', async () => {
    const { lines } = await check((document) => {
      change.security([{ key: [] }])(document);
      change.response('default', {})(document);
      change.property({ type: 'integer', format: 'int64' })(document);
    });

    expect(lines).toHaveLength(3);
  });

  it.each([
    ['another kind of document', 'asyncapi: 3.0.0\n'],
    ['a document with nothing but a version', 'openapi: 3.1.0\n'],
    [
      'a document whose parts have wrong types',
      'openapi: 3.1.0\ninfo: 1\npaths: [1]\ncomponents: x\nservers: {}\nsecurity: y\n',
    ],
    [
      'operations whose parts have wrong types',
      'openapi: 3.1.0\ninfo: {title: a, version: b}\npaths:\n' +
        '  /a: {get: 1, put: {parameters: {}, requestBody: [], responses: []}, post: null}\n',
    ],
  ])('reports %s by file and line', async (_, content) => {
    const file = join(folder, 'odd.yaml');
    await writeFile(file, content);

    const error = await readContract(file).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(ContractError);
    expect(
      String(error)
        .split('\n')
        .every((line) => /odd\.yaml:\d+:\d+ /.test(line)),
    ).toBe(true);
  });

  it.each([
    ['a file that does not exist', 'none.yaml', /none\.yaml does not exist\. Correct the path\.$/],
    ['a folder', '.', / is a (folder|directory)/],
  ])('reports %s in one line', async (_, name, message) => {
    const error = await readContract(join(folder, name)).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(ContractError);
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
    expect(String(error)).not.toContain('\n');
  });
});
