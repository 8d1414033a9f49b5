// The import of customers: what is taken, and what comes of it. Faults are in import-faults.test.ts, signals and kills in import-process.test.ts.
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBlocks } from '../../server/import/line-blocks.ts';
import { command, createKey } from '../support/command.ts';
import { serveDatabase } from '../support/fixtures.ts';
import { send } from '../support/http.ts';
import { A, B, C, importScene } from '../support/import-fixture.ts';

describe('an import', () => {
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
      `\n [${JSON.stringify({ id: A, legalName: 'One', tags: [{ id: 1 }] })}, ${JSON.stringify({ id: B, name: 'Two' })}]`,
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
  ])('takes %s', async (_, name, content) => {
    const { importText, customers } = await importScene();

    const { code, stdout, stderr } = await importText(name, content);

    expect(stderr).not.toContain('fault');
    expect(stdout).toBe('Imported 2 customers into "Acme": 2 new, 0 renamed, 0 unchanged.\n');
    expect(code).toBe(0);
    expect(customers()).toEqual({ [A]: 'One', [B]: 'Two' });
  });

  it('keeps names as they are', async () => {
    const { importText, customers } = await importScene();
    const names = { [A]: 'Smith, "Jones" & Söhne; 東京 🏦', [B]: ' =1+1, with blanks ', [C]: '🏦'.repeat(255) };

    const { code } = await importText('a.csv', toCsv(names));

    expect(code).toBe(0);
    expect(customers()).toEqual(names);
  });

  it('takes invisible characters where they are part of what is seen: joined letters, emoji, variants of ideographs', async () => {
    const { importText, customers } = await importScene();
    const names = {
      [A]: 'شرکت نرم\u200cافزاری',
      [B]: 'ශ්\u200dරී ලංකා 👩\u200d💻❤\ufe0f 1\ufe0f\u20e3',
      [C]: '葛\u{e0100}城',
    };

    const { code } = await importText('a.csv', toCsv(names));

    expect(code).toBe(0);
    expect(customers()).toEqual(names);
  });

  it('takes the apostrophe from a name in CSV that a spreadsheet would run as a formula, and from no other', async () => {
    const { importText, customers } = await importScene();
    const names = { [A]: "'=1+1", [B]: "'; Drop", [C]: "''-" };

    await importText('a.csv', toCsv(names));

    expect(customers()).toEqual({ [A]: '=1+1', [B]: "'; Drop", [C]: "'-" });
  });

  it('keeps that apostrophe with --raw, and in JSON', async () => {
    const { importText, customers } = await importScene();

    await importText('a.csv', toCsv({ [A]: "'=1+1" }), '--raw');
    await importText('b.jsonl', JSON.stringify({ id: B, name: "'=1+1" }));

    expect(customers()).toEqual({ [A]: "'=1+1", [B]: "'=1+1" });
  });

  it('renames who exists, leaves the others alone, and counts both', async () => {
    const { importText, customers } = await importScene();
    await importText('a.csv', `id,name\n${A},One\n${B},Two\n`);

    const { stdout } = await importText('b.csv', `id,name\n${B},Zwei\n${C},Three\n${A},One\n`);

    expect(stdout).toBe('Imported 3 customers into "Acme": 1 new, 1 renamed, 1 unchanged.\n');
    expect(customers()).toEqual({ [A]: 'One', [B]: 'Zwei', [C]: 'Three' });
  });

  it('counts, but changes nothing, with --dry-run', async () => {
    const { importText, customers } = await importScene();
    await importText('a.csv', `id,name\n${A},One\n${B},Two\n`);

    const { code, stdout } = await importText('b.csv', `id,name\n${B},Zwei\n${C},Three\n${A},One\n`, '--dry-run');

    expect(code).toBe(0);
    expect(stdout).toBe(
      'Nothing was changed. An import into "Acme" would take 3 customers: 1 new, 1 renamed, 1 unchanged.\n',
    );
    expect(customers()).toEqual({ [A]: 'One', [B]: 'Two' });
  });

  it('takes any name of a file when the format is given', async () => {
    const { importText, customers } = await importScene();

    const { code } = await importText('customers.txt', `id,name\n${A},One\n`, '--format', 'csv');

    expect(code).toBe(0);
    expect(customers()).toEqual({ [A]: 'One' });
  });

  it('brings in customers that a running server knows at once, in production too', async () => {
    const { path, importText } = await importScene();
    const { url } = await serveDatabase({ path });
    const { authorization } = await createKey(path, 'Acme');

    await importText('a.csv', `id,name\n${A},One\n`);

    const answer = await send(url, { headers: { authorization }, body: { ownerId: A, memberIds: [] } });
    expect(answer).toMatchObject({ status: 201, body: { owner: { id: A, name: 'One' } } });
  });

  it('tells how far it is in plain lines where there is no terminal', async () => {
    const { importText } = await importScene();

    const { stderr } = await importText('a.csv', `id,name\n${A},One\n`);

    expect(stderr).toBe('Reading: 100 %, 1 customers\nStoring: 100 %, 1 customers\n');
  });
});

describe('an import that cannot begin', () => {
  it.each([
    ['there is no such account', 'nowhere.csv', 'Nobody', /^There is no account "Nobody"\. There are: "Acme"\./],
  ])('exits with 1 and says that %s', async (_, file, account, pattern) => {
    const { path } = await importScene();

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

describe('blocks of lines', () => {
  const text = '\n\none\r\ntwo é 🏦\n\nlast';
  it.each([1, 2, 3, 5, 7, 1000])('are the same lines with the same numbers in chunks of %i bytes', async (size) => {
    const bytes = Buffer.from(text);
    async function* chunks() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }

    const lines: [number, string][] = [];
    for await (const block of readBlocks(chunks(), () => expect.unreachable())) {
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
