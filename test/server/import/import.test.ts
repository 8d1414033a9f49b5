// `customers import` of valid files. import-errors.test.ts tests invalid ones, slow/server/import-process.test.ts
// signals and kills.
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formats } from '../../../server/import/formats.ts';
import { readLineBlocks } from '../../../server/import/line-blocks.ts';
import { serveDatabase } from '../../support/fixtures.ts';
import { send } from '../../support/http/http.ts';
import { A, B, C, importFixture } from '../../support/import-fixture.ts';
import { command, createKey } from '../../support/process/command.ts';

describe('customers import', () => {
  it.each([
    ['CSV', 'a.csv', `id,name\n${A},One\n${B},Two\n`],
    ['CSV without a last line break', 'a.csv', `id,name\n${A},One\n${B},Two`],
    ['CSV with CRLF', 'a.csv', `id,name\r\n${A},One\r\n${B},Two\r\n`],
    ['CSV with both line breaks', 'a.csv', `id,name\r\n${A},One\n${B},Two\r\n`],
    ['CSV with a byte order mark', 'a.csv', `\ufeffid,name\n${A},One\n${B},Two\n`],
    ['CSV with quotes everywhere', 'a.csv', `"id","name"\r\n"${A}","One"\r\n"${B}","Two"\r\n`],
    ['CSV with blank lines', 'a.csv', `\nid,name\n\n${A},One\n  \n\n${B},Two\n\n\n`],
    ['CSV with the columns the other way round', 'a.csv', `name,id\nOne,${A}\nTwo,${B}\n`],
    ['CSV in capitals', 'A.CSV', `ID,Name\n${A.toUpperCase()},One\n${B.toUpperCase()},Two\n`],
    ['CSV with a line twice', 'a.csv', `id,name\n${A},One\n${B},Two\n${A},One\n${B.toUpperCase()},Two\n`],
    ['JSON Lines', 'a.jsonl', `{"id":"${A}","name":"One"}\n{"name":"Two","id":"${B}"}\n`],
    [
      'JSON Lines with CRLF, blank lines and a mark',
      'a.ndjson',
      `\ufeff{"id":"${A}","name":"One"}\r\n\r\n{"id":"${B}","name":"Two","x":1}`,
    ],
    ['JSON Lines with legal names', 'a.jsonl', `{"id":"${A}","legalName":"One"}\n{"id":"${B}","legalName":"Two"}\n`],
    [
      "the vendor's list",
      'a.json',
      JSON.stringify({
        items: [
          { id: A, legalName: 'One', contacts: [{ id: 1, items: [2] }] },
          { id: B, legalName: 'Two' },
        ],
        pagination: { next: null },
      }),
    ],
    [
      'a list that stands alone',
      'a.json',
      `\n [${JSON.stringify({ id: A, legalName: 'One', tags: [{ id: 1 }] })}, ` +
        `${JSON.stringify({ id: B, name: 'Two' })}]`,
    ],
    [
      'an indented list with a mark',
      'a.json',
      `\ufeff${JSON.stringify(
        {
          total: 2,
          items: [
            { id: A, name: 'One' },
            { id: B, name: 'Two' },
          ],
        },
        null,
        2,
      )}\n`,
    ],
  ])('accepts %s', async (_, name, content) => {
    const { importText, customers } = await importFixture();

    const { code, stdout, stderr } = await importText(name, content);

    expect(stderr).not.toContain('error');
    expect(stdout).toBe('Imported 2 customers into "Acme": 2 new, 0 renamed, 0 unchanged.\n');
    expect(code).toBe(0);
    expect(customers()).toEqual({ [A]: 'One', [B]: 'Two' });
  });

  it.each(Object.values(formats).flatMap(({ extensions }) => extensions))(
    'recognizes the format by the extension %s',
    async (extension) => {
      const { importText } = await importFixture();

      const { stderr } = await importText(`a${extension}`, 'x');

      expect(stderr).toContain(`a${extension} was not imported: it has one error.`);
    },
  );

  it('stores names unchanged', async () => {
    const { importText, customers } = await importFixture();
    const names = { [A]: 'Smith, "Jones" & Söhne; 東京 🏦', [B]: ' =1+1, with blanks ', [C]: '🏦'.repeat(255) };

    const { code } = await importText('a.csv', toCsv(names));

    expect(code).toBe(0);
    expect(customers()).toEqual(names);
  });

  it('accepts invisible characters in joined letters, emoji and variants of ideographs', async () => {
    const { importText, customers } = await importFixture();
    const names = {
      [A]: 'شرکت نرم\u200cافزاری',
      [B]: 'ශ්\u200dරී ලංකා 👩\u200d💻❤\ufe0f 1\ufe0f\u20e3',
      [C]: '葛\u{e0100}城',
    };

    const { code } = await importText('a.csv', toCsv(names));

    expect(code).toBe(0);
    expect(customers()).toEqual(names);
  });

  it('removes the apostrophe before a formula in CSV, and no other', async () => {
    const { importText, customers } = await importFixture();
    const names = { [A]: "'=1+1", [B]: "'; Drop", [C]: "''-" };

    await importText('a.csv', toCsv(names));

    expect(customers()).toEqual({ [A]: '=1+1', [B]: "'; Drop", [C]: "'-" });
  });

  it('keeps the apostrophe before a formula with --raw and in JSON', async () => {
    const { importText, customers } = await importFixture();

    await importText('a.csv', toCsv({ [A]: "'=1+1" }), '--raw');
    await importText('b.jsonl', JSON.stringify({ id: B, name: "'=1+1" }));

    expect(customers()).toEqual({ [A]: "'=1+1", [B]: "'=1+1" });
  });

  it('renames existing customers, and counts new, renamed and unchanged ones', async () => {
    const { importText, customers } = await importFixture();
    await importText('a.csv', `id,name\n${A},One\n${B},Two\n`);

    const { stdout } = await importText('b.csv', `id,name\n${B},Zwei\n${C},Three\n${A},One\n`);

    expect(stdout).toBe('Imported 3 customers into "Acme": 1 new, 1 renamed, 1 unchanged.\n');
    expect(customers()).toEqual({ [A]: 'One', [B]: 'Zwei', [C]: 'Three' });
  });

  it('changes nothing with --dry-run', async () => {
    const { importText, customers } = await importFixture();
    await importText('a.csv', `id,name\n${A},One\n${B},Two\n`);

    const { code, stdout } = await importText('b.csv', `id,name\n${B},Zwei\n${C},Three\n${A},One\n`, '--dry-run');

    expect(code).toBe(0);
    expect(stdout).toBe('Dry run, nothing was changed: 3 customers for "Acme": 1 new, 1 renamed, 1 unchanged.\n');
    expect(customers()).toEqual({ [A]: 'One', [B]: 'Two' });
  });

  it('accepts any file name with --format', async () => {
    const { importText, customers } = await importFixture();

    const { code } = await importText('customers.txt', `id,name\n${A},One\n`, '--format', 'csv');

    expect(code).toBe(0);
    expect(customers()).toEqual({ [A]: 'One' });
  });

  it('adds customers that a running server accepts at once', async () => {
    const { path, importText } = await importFixture();
    const { url } = await serveDatabase({ path });
    const { authorization } = await createKey(path, 'Acme');

    await importText('a.csv', `id,name\n${A},One\n`);

    const response = await send(url, { headers: { authorization }, body: { ownerId: A, memberIds: [] } });
    expect(response).toMatchObject({ status: 201, body: { owner: { id: A, name: 'One' } } });
  });

  it('reports its progress in lines when stderr is not a terminal', async () => {
    const { importText } = await importFixture();

    const { stderr } = await importText('a.csv', `id,name\n${A},One\n`);

    expect(stderr).toBe('Reading: 100 %, 1 customer\nStoring: 100 %, 1 customer\n');
  });
});

describe('customers import without an account', () => {
  it.each([
    [
      'there is no such account',
      'nowhere.csv',
      'Nobody',
      /^There is no account "Nobody"\. Existing accounts: "Acme"\./,
    ],
  ])('exits with 1 when %s', async (_, file, account, pattern) => {
    const { path } = await importFixture();

    const { code, stdout, stderr } = await command(
      path,
      'customers',
      'import',
      join(dirname(path), file),
      '--format',
      'csv',
      '--account',
      account,
    );

    expect(stderr).toMatch(pattern);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});

describe('readLineBlocks', () => {
  const text = '\n\none\r\ntwo é 🏦\n\nlast';
  it.each([1, 2, 3, 5, 7, 1000])('yields the same lines and numbers for chunks of %i bytes', async (size) => {
    const bytes = Buffer.from(text);
    async function* chunks() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }

    const lines: [number, string][] = [];
    for await (const block of readLineBlocks(chunks(), () => expect.unreachable())) {
      for (const [index, line] of block.text.split('\n').entries())
        lines.push([block.firstLine + index, line.replace('\r', '')]);
    }

    expect(lines).toEqual([
      [1, ''],
      [2, ''],
      [3, 'one'],
      [4, 'two é 🏦'],
      [5, ''],
      [6, 'last'],
    ]);
  });
});

function toCsv(names: Record<string, string>): string {
  const lines = Object.entries(names).map(([id, name]) => `${id},"${name.replaceAll('"', '""')}"\n`);
  return `id,name\n${lines.join('')}`;
}
