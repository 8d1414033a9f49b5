// The import of customers: what is taken, what is refused, and in which words. Signals and kills are in import-process.test.ts.
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { readBlocks } from '../server/import/lines.ts';
import { command, createKey } from './command.ts';
import { send } from './http.ts';
import { databasePath, serveDatabase } from './scenes.ts';

const A = '11111111-1111-4111-8111-111111111111';
const B = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb';
const C = '33333333-3333-4333-8333-333333333333';

/** A database with the account Acme, and a way to import a file into it. */
async function scene() {
  const path = await databasePath();
  await createKey(path, 'Acme');
  const customers = () => {
    using database = new DatabaseSync(path, { readOnly: true });
    const rows = database.prepare('SELECT customer_id, name FROM customers ORDER BY customer_id').all();
    return Object.fromEntries(rows.map((row) => [row.customer_id, row.name]));
  };
  const importText = async (name: string, content: string | Buffer, ...options: string[]) => {
    const file = join(dirname(path), name);
    await writeFile(file, content);
    return command(path, 'customers', 'import', file, '--account', 'Acme', ...options);
  };
  /** The lines that tell what is wrong, without the file name. */
  const faults = async (name: string, content: string | Buffer) => {
    const { code, stdout, stderr } = await importText(name, content);
    expect({ code, stdout, customers: customers() }).toEqual({ code: 1, stdout: '', customers: {} });
    return stderr
      .slice(stderr.indexOf(':\n  ') + 2)
      .trimEnd()
      .split('\n')
      .map((line) => line.trim());
  };
  return { path, customers, importText, faults };
}

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
    const { importText, customers } = await scene();

    const { code, stdout, stderr } = await importText(name, content);

    expect(stderr).not.toContain('fault');
    expect(stdout).toBe('Imported 2 customers into "Acme": 2 new, 0 renamed, 0 unchanged.\n');
    expect(code).toBe(0);
    expect(customers()).toEqual({ [A]: 'One', [B]: 'Two' });
  });

  it('keeps names as they are', async () => {
    const { importText, customers } = await scene();
    const names = { [A]: 'Smith, "Jones" & Söhne; 東京 🏦', [B]: ' =1+1, with blanks ', [C]: '🏦'.repeat(255) };
    const csv = Object.entries(names).map(([id, name]) => `${id},"${name.replaceAll('"', '""')}"\n`);

    const { code } = await importText('a.csv', `id,name\n${csv.join('')}`);

    expect(code).toBe(0);
    expect(customers()).toEqual(names);
  });

  it('renames who exists, leaves the others alone, and counts both', async () => {
    const { importText, customers } = await scene();
    await importText('a.csv', `id,name\n${A},One\n${B},Two\n`);

    const { stdout } = await importText('b.csv', `id,name\n${B},Zwei\n${C},Three\n${A},One\n`);

    expect(stdout).toBe('Imported 3 customers into "Acme": 1 new, 1 renamed, 1 unchanged.\n');
    expect(customers()).toEqual({ [A]: 'One', [B]: 'Zwei', [C]: 'Three' });
  });

  it('counts, but changes nothing, with --dry-run', async () => {
    const { importText, customers } = await scene();
    await importText('a.csv', `id,name\n${A},One\n${B},Two\n`);

    const { code, stdout } = await importText('b.csv', `id,name\n${B},Zwei\n${C},Three\n${A},One\n`, '--dry-run');

    expect(code).toBe(0);
    expect(stdout).toBe(
      'Nothing was changed. An import into "Acme" would take 3 customers: 1 new, 1 renamed, 1 unchanged.\n',
    );
    expect(customers()).toEqual({ [A]: 'One', [B]: 'Two' });
  });

  it('takes any name of a file when the format is given', async () => {
    const { importText, customers } = await scene();

    const { code } = await importText('customers.txt', `id,name\n${A},One\n`, '--format', 'csv');

    expect(code).toBe(0);
    expect(customers()).toEqual({ [A]: 'One' });
  });

  it('brings in customers that a running server knows at once, in production too', async () => {
    const { path, importText } = await scene();
    const { url } = await serveDatabase({ path });
    const { authorization } = await createKey(path, 'Acme');

    await importText('a.csv', `id,name\n${A},One\n`);

    const answer = await send(url, { headers: { authorization }, body: { ownerId: A, memberIds: [] } });
    expect(answer).toMatchObject({ status: 201, body: { owner: { id: A, name: 'One' } } });
  });

  it('tells how far it is in plain lines where there is no terminal', async () => {
    const { importText } = await scene();

    const { stderr } = await importText('a.csv', `id,name\n${A},One\n`);

    expect(stderr).toBe('Reading: 100 %, 1 customers\nStoring: 100 %, 1 customers\n');
  });
});

describe('a file with faults', () => {
  it('names every bad line with its number and reason, and takes none', async () => {
    const { faults } = await scene();
    const content = [
      'id,name',
      `${A},One`,
      'nonsense,Two',
      `${B},`,
      ',Three',
      `${C},Four,Five`,
      `${C}`,
      `${C},"Six`,
      `${C},"Sev"en`,
      `${C},Ei"ght`,
      `${C},${'x'.repeat(256)}`,
      `${C},a\tb`,
      `urn:uuid:${C},Nine`,
      `{${C}},Ten`,
      `${C},\u0085`,
      `${C},"   "`,
      'nonsense,',
    ];

    expect(await faults('a.csv', `${content.join('\n')}\n`)).toEqual([
      'line 3: The id "nonsense" is not a UUID such as 50af5191-05a3-42a5-802a-6b59091157af.',
      'line 4: The name is missing.',
      'line 5: The id is missing.',
      'line 6: The line has 3 values instead of two; a name with a comma must be in quotes.',
      'line 7: The line has one value instead of two.',
      'line 8: A quoted value does not end on its line; names have no line breaks.',
      'line 9: A quotation mark stands in the middle of a value. Put the whole value in quotes, and double each quotation mark in it.',
      'line 10: A quotation mark stands in the middle of a value. Put the whole value in quotes, and double each quotation mark in it.',
      'line 11: The name has 256 characters; at most 255 are allowed.',
      'line 12: The name "a\\tb" has control characters or line breaks.',
      `line 13: The id "urn:uuid:${C}" is not a UUID such as 50af5191-05a3-42a5-802a-6b59091157af.`,
      `line 14: The id "{${C}}" is not a UUID such as 50af5191-05a3-42a5-802a-6b59091157af.`,
      'line 15: The name "\\u0085" has control characters or line breaks.',
      'line 16: The name is blank.',
      'line 17: The id "nonsense" is not a UUID such as 50af5191-05a3-42a5-802a-6b59091157af. The name is missing.',
    ]);
  });

  it('numbers lines as an editor does, with a value over two lines, blank lines and CRLF', async () => {
    const { faults } = await scene();

    const found = await faults('a.csv', `id,name\r\n\r\n${A},"One\r\nand a half"\r\n\r\nnonsense,Two\r\n`);

    expect(found.map((line) => line.split(':')[0])).toEqual(['line 3', 'line 4', 'line 6']);
  });

  it('names every bad line of JSON Lines', async () => {
    const { faults } = await scene();
    const content = [
      '{"id":',
      '[]',
      'null',
      '"text"',
      `{"id":1,"name":"x"}`,
      `{"id":"${A}","name":7}`,
      `{"id":"${A}"}`,
      `{"id":"${A}","name":"\\ud800"}`,
      `{"id":"${A}","name":"a\\u0000b"}`,
      `{"id":"${A}","name":null}`,
    ];

    expect(await faults('a.jsonl', content.join('\n'))).toEqual([
      'line 1: The line is not JSON: "{\\"id\\":".',
      'line 2: It must be an object with id and name, but is "[]".',
      'line 3: It must be an object with id and name, but is "null".',
      'line 4: It must be an object with id and name, but is "text".',
      'line 5: The id "1" is not a UUID such as 50af5191-05a3-42a5-802a-6b59091157af.',
      'line 6: The name "7" is not text.',
      'line 7: The name is missing.',
      'line 8: The name "\\ud800" is not proper UTF-8.',
      'line 9: The name "a\\u0000b" has control characters or line breaks.',
      'line 10: The name is missing.',
    ]);
  });

  it.each([
    [
      'names every bad item',
      '{"items":[{"id":"x","legalName":"A"},7]}',
      [/^item 1: The id "x" is not a UUID/, /^item 2: It must be an object/],
    ],
    ['has no list', '{"customers":[]}', [/^item 1: The file has no list of customers/]],
    ['has an empty list', '{"items":[]}', [/^item 1: The file has no list of customers/]],
    [
      'has something else as items',
      `{"items":{"a":{"id":"${A}","legalName":"A"}}}`,
      [/^item 2: `items` must be a list/],
    ],
    ['is cut off', `{"items":[{"id":"${A}","legalName":"A"},{"id":`, [/^item 2: Here the file ends/]],
    ['is no JSON', 'nope', [/^item 1: From here the file is not JSON/]],
    [
      'goes on after its end',
      `{"items":[{"id":"${A}","legalName":"A"}]} and more`,
      [/^item 2: From here the file is not JSON/],
    ],
    ['is empty', '', [/^item 1: Here the file ends/]],
  ])('tells of a list that %s', async (_, content, patterns) => {
    const { faults } = await scene();

    const found = await faults('a.json', content);

    expect(found).toHaveLength(patterns.length);
    for (const [index, pattern] of patterns.entries()) expect(found[index]).toMatch(pattern);
  });

  it.each([
    ['no header', `${A},One\n`, /^line 1: The header must be id,name, but is ".*One"\.$/],
    ['another header', 'id;name\n', /^line 1: The header must be id,name, but is "id;name"\.$/],
    ['a column too many', 'id,name,phone\n', /^line 1: The header must be id,name/],
    ['a column twice', 'id,id\n', /^line 1: The header must be id,name/],
    ['nothing in it', '', /^line 1: The file is empty; its first line must be id,name\.$/],
    ['only a header', 'id,name\n', /^line 1: The file has no customers\.$/],
    [
      'bytes that are no UTF-8',
      Buffer.concat([Buffer.from(`id,name\n${A},caf`), Buffer.from([0xe9]), Buffer.from('\n')]),
      /^line 2: .* is not proper UTF-8\.$/,
    ],
  ])('tells of CSV with %s', async (_, content, pattern) => {
    const { faults } = await scene();

    const found = await faults('a.csv', content);

    expect(found).toEqual([expect.stringMatching(pattern)]);
  });

  it('refuses an ID with two names, and tells both lines', async () => {
    const { faults } = await scene();

    const found = await faults(
      'a.csv',
      `id,name\n${B},Two\n${A},One\n${C},Three\n${A.toUpperCase()},Uno\n${B},Two\n${A},one\n`,
    );

    expect(found).toEqual([
      `line 5: The id ${A} has the name "Uno" here, but "One" in line 3.`,
      `line 7: The id ${A} has the name "one" here, but "One" in line 3.`,
    ]);
  });

  it('tells faults and double names together, in the order of the file', async () => {
    const { faults } = await scene();

    const found = await faults('a.csv', `id,name\n${A},One\n${A},Two\nnonsense,x\n${A},Three\n`);

    expect(found.map((line) => line.slice(0, 7))).toEqual(['line 3:', 'line 4:', 'line 5:']);
  });

  it('tells the first 100 faults, and how many more there are', async () => {
    const { faults } = await scene();
    const bad = Array.from({ length: 25_000 }, (_, index) => `bad-${index},x`);

    const found = await faults('a.csv', `id,name\n${bad.join('\n')}\n`);

    expect(found).toHaveLength(101);
    expect(found[99]).toMatch(/^line 101: The id "bad-99"/);
    expect(found[100]).toBe('and 24,900 more');
  });

  it.each([
    ['UTF-16', Buffer.from('\ufeffid,name\n', 'utf16le'), 'is UTF-16. Save it as UTF-8.'],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0]), 'is compressed with gzip. Unpack it first.'],
    ['a spreadsheet', Buffer.from('PK\u0003\u0004rest'), 'is a ZIP archive or a spreadsheet. Export it as CSV.'],
  ])('says what it is when it is no text: %s', async (_, content, reason) => {
    const { importText, customers } = await scene();

    const { code, stderr } = await importText('a.csv', content);

    expect(stderr).toContain(reason);
    expect(code).toBe(1);
    expect(customers()).toEqual({});
  });

  it('sends nothing to the terminal that it might obey', async () => {
    const { importText } = await scene();

    const { stderr } = await importText('a.csv', 'id,name\n\u001b[2J\u009b31m,x\n');

    expect(stderr).toContain('\\u001b[2J\\u009b31m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
    expect(stderr).not.toMatch(/[\u001b\u009b]/);
  });

  it('reads past a line that is far too long', async () => {
    const { faults } = await scene();

    const found = await faults('a.csv', `id,name\n${A},One\n${B},${'x'.repeat(300_000)}\nnonsense,x\n`);

    expect(found).toEqual([
      'line 3: The line is longer than 65,536 bytes.',
      expect.stringMatching(/^line 4: The id "nonsense"/),
    ]);
  });
});

describe('an import that cannot begin', () => {
  it.each([
    ['there is no such file', 'nowhere.csv', 'Acme', /^There is no file .*nowhere\.csv\.\n$/],
    ['it is a folder', '.', 'Acme', /is a folder\.\n$/],
    ['there is no such account', 'nowhere.csv', 'Nobody', /^There is no account "Nobody"\. There are: "Acme"\./],
  ])('exits with 1 and says that %s', async (_, file, account, pattern) => {
    const { path } = await scene();

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
