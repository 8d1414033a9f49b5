// The files of a contract. Each problem is rejected once, with its place, reason and remedy.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ContractError } from '../../../openapi/model/contract-error.ts';
import { loadContract } from '../../../openapi/model/load/load-contract.ts';
import { plain } from '../../support/contract/changed-contract.ts';

const folder = await mkdtemp(join(tmpdir(), 'sources-'));
afterAll(() => rm(folder, { recursive: true }));

/** The problems of these files, without the folder. The first is the document. */
async function linesOf(files: Record<string, string | Uint8Array>): Promise<string[]> {
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const error = await loadContract(join(folder, Object.keys(files)[0] ?? '')).catch((reason: unknown) => reason);
  if (!(error instanceof ContractError)) return [];
  return error.message.split('\n').map((line) => line.slice(line.lastIndexOf('/', line.indexOf(' at #')) + 1));
}

const PLAIN = stringify(plain(), { aliasDuplicateObjects: false });
const END = PLAIN.split('\n').length;
const bomb = Array.from(
  { length: 9 },
  (_, level) => `  a${level}: &a${level} [${Array(9).fill(level ? `*a${level - 1}` : 1)}]`,
);

describe('a file', () => {
  it.each<[what: string, content: string | Uint8Array, place: string, reason: string]>([
    ['in Latin-1', Buffer.from(PLAIN.replace('Things', 'Größe'), 'latin1'), '3:12 at #/', 'UTF-8'],
    ['in UTF-16', Buffer.from(PLAIN, 'utf16le'), '1:2 at #/', 'UTF-8'],
    ['with an infinite number', `${PLAIN}x-a: .inf\n`, `${END}:6 at #/x-a`, '`.inf`'],
    ['with a number that is none', `${PLAIN}x-a: [.nan]\n`, `${END}:7 at #/x-a/0`, '`.nan`'],
    ['with a number of too many digits', `${PLAIN}x-a: 0.12345678901234567891\n`, `${END}:6 at #/x-a`, 'loses digits'],
    ['with an alias in its own anchor', `${PLAIN}x-a: &a\n  b: *a\n`, `${END + 1}:6 at #/x-a/b`, 'own anchor'],
    ['with an alias of nothing', `${PLAIN}x-a: *b\n`, `${END}:6 at #/x-a`, ''],
    ['with aliases of aliases of aliases', `${PLAIN}x-a:\n${bomb.join('\n')}\n`, '1:1 at #/', 'aliases'],
    ['with two documents', `${PLAIN}---\na: 1\n`, `${END}:1 at #/`, 'several YAML documents'],
    ['with a list', '- 1\n', '1:1 at #/', 'no object'],
    ['with null', 'null\n', '1:1 at #/', 'empty'],
    ['with a text', 'hello', '1:1 at #/', 'no object'],
    ['without content', '# Nothing.\n', '1:1 at #/', 'empty'],
    ['of thousands of levels', `a: ${'['.repeat(5000)}`, '1:1 at #/', '5000 levels'],
    ['with a key that is written twice', `${PLAIN}openapi: 3.1.0\n`, `${END}:1 at #/`, 'unique'],
    ...['__proto__', 'hasOwnProperty', 'valueOf', 'isPrototypeOf', 'toLocaleString', '__defineGetter__'].map(
      (name): [string, string, string, string] => [
        `with the name ${name}, which JavaScript reserves`,
        `${PLAIN}x-a: {${name}: 1}\n`,
        `${END}:7 at #/x-a/${name}`,
        `\`${name}\` has a meaning of its own`,
      ],
    ),
    ['with a field that objects inherit', `${PLAIN}toString: 1\n`, `${END}:1 at #/toString`, '`toString`'],
    [
      'with a name that objects inherit',
      `${PLAIN}tags: [{constructor: 1}]\n`,
      `${END}:9 at #/tags/0/constructor`,
      'JavaS',
    ],
    ['with a tag', `${PLAIN}x-a: !!binary aGk=\n`, `${END}:15 at #/x-a`, '`!!binary`'],
    ['with a version that is a number', PLAIN.replace('3.1.0', '3.1'), '1:1 at #/openapi', '`openapi: 3.1.1`'],
    ['without a version', PLAIN.replace('openapi: 3.1.0\n', ''), '1:1 at #/', 'no version'],
  ])('is rejected once, by its place: %s', async (_, content, place, reason) => {
    const lines = await linesOf({ 'odd.yaml': content });

    expect(lines).toEqual([expect.stringMatching(/: .*\. [A-Z].*\.$/)]);
    expect(lines[0]).toContain(`odd.yaml:${place}: `);
    expect(lines[0]).toContain(reason);
  });

  const referring = (reference: string) =>
    stringify({ ...plain(), components: { ...plain().components, schemas: { Thing: { $ref: reference } } } });

  it.each([
    ['to itself', '#/components/schemas/Thing', 'back to itself'],
    ['to nothing', '#/components/schemas/Nothing', 'leads nowhere'],
    ['to a file that does not exist', './nothing.yaml', 'does not exist'],
    ['to a folder', '../', 'is a folder'],
    ['to a URL', 'https://api.example/a.yaml', 'is a URL'],
    ['to the document', '#', 'the whole document'],
    ['to a text', '#/info/title', 'no object'],
    ['without an address', '', 'no reference'],
    ['with a broken encoding', '#/components/%zz', 'no reference'],
  ])('is rejected once, by its place, with a reference %s', async (_, reference, reason) => {
    const lines = await linesOf({ 'referring.yaml': referring(reference) });

    expect(lines).toEqual([
      expect.stringMatching(/^referring\.yaml:\d+:\d+ at #\/components\/schemas\/Thing: .*\. [A-Z]/),
    ]);
    expect(lines[0]).toContain(reason);
  });

  it('is named in its problems when another file refers to it', async () => {
    const part = { type: 'object', properties: { size: { type: 'integer', default: 'x' } } };

    const values = await linesOf({ 'root.yaml': referring('./part.yaml'), 'part.yaml': stringify(part) });
    const encoding = await linesOf({
      'root.yaml': referring('./part.yaml'),
      'part.yaml': Buffer.from('a: ö', 'latin1'),
    });

    expect(values).toEqual([expect.stringContaining('part.yaml:5:5 at #/properties/size/default: The default breaks')]);
    expect(encoding).toEqual([expect.stringContaining('part.yaml:1:4 at #/: The file is not in UTF-8.')]);
  });
});
