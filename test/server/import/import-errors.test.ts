// Imports of invalid files: nothing is imported, and every violation is reported with its position.
import { describe, expect, it } from 'vitest';
import { A, B, C, importFixture } from '../../support/import-fixture.ts';

describe('customers import of an invalid file', () => {
  it('reports every invalid line with its number and imports none', async () => {
    const { violations } = await importFixture();
    const content = [
      'id,name',
      `${A},One`,
      'malformed,Two',
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
      'malformed,',
    ];

    expect(await violations('a.csv', `${content.join('\n')}\n`)).toEqual([
      'line 3: The id "malformed" is not a UUID such as 50af5191-05a3-42a5-802a-6b59091157af.',
      'line 4: The name is missing.',
      'line 5: The id is missing.',
      'line 6: The line has 3 values instead of two; a name with a comma must be quoted.',
      'line 7: The line has one value instead of two.',
      'line 8: A quoted value is not closed on its line; names have no line breaks.',
      'line 9: There is a quotation mark inside a value. Quote the whole value, and double each quotation mark in it.',
      'line 10: There is a quotation mark inside a value. Quote the whole value, and double each quotation mark in it.',
      'line 11: The name has 256 characters; at most 255 are allowed.',
      'line 12: The name "a\\tb" contains the control character U+0009.',
      `line 13: The id "urn:uuid:${C}" is not a UUID such as 50af5191-05a3-42a5-802a-6b59091157af.`,
      `line 14: The id "{${C}}" is not a UUID such as 50af5191-05a3-42a5-802a-6b59091157af.`,
      'line 15: The name "\\u0085" contains the control character U+0085.',
      'line 16: The name is blank.',
      'line 17: The id "malformed" is not a UUID such as 50af5191-05a3-42a5-802a-6b59091157af. The name is missing.',
    ]);
  });

  it('counts lines as an editor does, with multi-line values, blank lines and CRLF', async () => {
    const { violations } = await importFixture();

    const found = await violations('a.csv', `id,name\r\n\r\n${A},"One\r\nand a half"\r\n\r\nmalformed,Two\r\n`);

    expect(found.map((line) => line.split(':')[0])).toEqual(['line 3', 'line 4', 'line 6']);
  });

  it('reports every invalid line of JSON Lines', async () => {
    const { violations } = await importFixture();
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
      `{"id":"${A}","id":"${B}","name":"One"}`,
    ];

    expect(await violations('a.jsonl', content.join('\n'))).toEqual([
      'line 1: The line is not JSON: "{\\"id\\":".',
      'line 2: It must be an object with id and name, but is "[]".',
      'line 3: It must be an object with id and name, but is "null".',
      'line 4: It must be an object with id and name, but is "text".',
      'line 5: The id "1" is not a UUID such as 50af5191-05a3-42a5-802a-6b59091157af.',
      'line 6: The name "7" is not text.',
      'line 7: The name is missing.',
      'line 8: The name "\\ud800" is not proper UTF-8.',
      'line 9: The name "a\\u0000b" contains the control character U+0000.',
      'line 10: The name is missing.',
      'line 11: The property id is there twice; remove one.',
    ]);
  });

  it('ignores properties with these names that are not those of the customer', async () => {
    const { importText } = await importFixture();
    const inner = `{"id":1,"name":"id","name":":","items":[{"id":2,"id":3}]}`;
    const item = `{"x":${inner},"x":1,"id":"${A}","legalName":"id"}`;

    expect(await importText('a.json', `{"items":[${item}],"page":{"items":1,"items":2}}`)).toMatchObject({ code: 0 });
    expect(await importText('a.jsonl', item)).toMatchObject({ code: 0 });
  });

  it('reads names with escapes, also behind lines with a similar name', async () => {
    const { importText } = await importFixture();
    const lines = [`{"note":1,"\\\\u":"${A}","id":"${A}","name":"A"}`, `{"note":1,"\\u0069d":"${B}","name":"B","x":1}`];

    expect(await importText('a.jsonl', lines.join('\n'))).toMatchObject({ code: 0 });
  });

  it.each([
    [
      'has invalid items',
      '{"items":[{"id":"x","legalName":"A"},7]}',
      [/^item 1: The id "x" is not a UUID/, /^item 2: It must be an object/],
    ],
    ['has no list', '{"customers":[]}', [/^The file has no list of customers/]],
    ['is something else', '{"items":"all of them"}', [/^`items` must be a list\.$/]],
    ['has something else as items', `{"items":{"a":{"id":"${A}","legalName":"A"}}}`, [/^`items` must be a list/]],
    [
      'has an item that is far too long',
      `{"items":[{"id":"${A}","legalName":"A"},{"id":"${B}","legalName":"${'x'.repeat(1_000_000)}"}]}`,
      [/^item 2: There is no complete item within 262,144 bytes\.$/],
    ],
    ['is cut off', `{"items":[{"id":"${A}","legalName":"A"},{"id":`, [/^item 2: The file ends before its JSON/]],
    ['is no JSON', 'nope', [/^item 1: From here the file is not JSON/]],
    [
      'goes on after its end',
      `{"items":[{"id":"${A}","legalName":"A"}]} and more`,
      [/^After the end of the JSON, the file has something else: remove it\.$/],
    ],
    [
      'has something else in between',
      `{"items":[{"id":"${A}","legalName":"A"} x]}`,
      [/^item 2: From here the file is not JSON: the byte at position \d+ is unexpected\.$/],
    ],
    [
      'has a token too many in between',
      `{"items":[{"id":"${A}","legalName":"A"}{}]}`,
      [/^item 2: From here the file is not JSON\.$/],
    ],
    [
      'has a property twice in an item, once with an escape',
      `{"items":[{"id":"${A}","legalName":"A"},{"id":"${B}","legalName":"B","legal\\u004eame":"C"}]}`,
      [/^item 2: The property legalName is there twice; remove one\.$/],
    ],
    [
      'stands alone, with a property twice in an item',
      `[{"id":"${A}","legalName":"A"},{"id":"${B}","id":"${C}","legalName":"B"}]`,
      [/^item 2: The property id is there twice; remove one\.$/],
    ],
    [
      'has two lists',
      `{"items":[{"id":"${A}","legalName":"A"}],"items":[{"id":"${B}","legalName":"B"}]}`,
      [/^The property items is there twice; remove one\.$/],
    ],
    ['is empty', '', [/^The file is empty\.$/]],
    ['is blank', ' \r\n\t', [/^The file is empty\.$/]],
    ['has two byte order marks', '\ufeff\ufeff{"items":[]}', [/^The file is not JSON\.$/]],
    ['stands alone, with bad items', `[{"id":"x","legalName":"A"},[]]`, [/^item 1: The id "x"/, /^item 2: It must be/]],
  ])('reports a JSON list that %s', async (_, content, patterns) => {
    const { violations } = await importFixture();

    const found = await violations('a.json', content);

    expect(found).toHaveLength(patterns.length);
    for (const [index, pattern] of patterns.entries()) expect(found[index]).toMatch(pattern);
  });

  it.each([
    ['no header', `${A},One\n`, /^line 1: The header must be id,name, but is ".*One"\.$/],
    ['another header', 'id;name\n', /^line 1: The header must be id,name, but is "id;name"\.$/],
    ['a column too many', 'id,name,phone\n', /^line 1: The header must be id,name/],
    ['a column twice', 'id,id\n', /^line 1: The header must be id,name/],
    ['nothing in it', '', /^The file is empty; its first line must be id,name\.$/],
    [
      'bytes that are no UTF-8',
      Buffer.concat([Buffer.from(`id,name\n${A},caf`), Buffer.from([0xe9]), Buffer.from('\n')]),
      /^line 2: .* is not proper UTF-8\.$/,
    ],
  ])('reports CSV with %s', async (_, content, pattern) => {
    const { violations } = await importFixture();

    const found = await violations('a.csv', content);

    expect(found).toEqual([expect.stringMatching(pattern)]);
  });

  it.each([
    ['a.csv', 'id,name\n'],
    ['a.csv', '\ufeffid,name\r\n\r\n'],
    ['a.jsonl', ''],
    ['a.jsonl', '\n \n'],
    ['a.json', '{"items":[]}'],
    ['a.json', '\ufeff{ "pagination": {"next": null}, "items": [ ] }\n'],
    ['a.json', '[]'],
  ])('reports that there are no customers in %s with %j', async (name, content) => {
    const { violations } = await importFixture();

    expect(await violations(name, content)).toEqual(['The file has no customers.']);
  });

  it('reports names with characters that hide or reorder text, with line and code point', async () => {
    const { violations } = await importFixture();
    const names = [
      'Acme\u202egnp.Ltd',
      'A\u2066cme\u2069',
      '\u200fAcme',
      '\u061cAcme',
      'Ac\u200bme',
      'Acme\u200d',
      'Ac\u00adme',
      'Acme\u3164',
      'Ac\u2028me',
      'Acme\u{e0041}\u{e0042}',
      'Ac\ufeffme',
      'Acme\u2800',
      'Acme\u007f',
    ];

    const csv = await violations('a.csv', `id,name\n${names.map((name) => `${A},${name}\n`).join('')}`);
    const jsonl = await violations('a.jsonl', names.map((name) => `${JSON.stringify({ id: A, name })}\n`).join(''));

    expect(csv).toEqual([
      'line 2: The name "Acme\\u202egnp.Ltd" contains the bidirectional control U+202E RIGHT-TO-LEFT OVERRIDE.',
      'line 3: The name "A\\u2066cme\\u2069" contains the bidirectional control U+2066 LEFT-TO-RIGHT ISOLATE.',
      'line 4: The name "\\u200fAcme" contains the bidirectional control U+200F RIGHT-TO-LEFT MARK.',
      'line 5: The name "\\u061cAcme" contains the bidirectional control U+061C ARABIC LETTER MARK.',
      'line 6: The name "Ac\\u200bme" contains the invisible character U+200B ZERO WIDTH SPACE.',
      'line 7: The name "Acme\\u200d" contains the invisible character U+200D ZERO WIDTH JOINER.',
      'line 8: The name "Ac\\u00adme" contains the invisible character U+00AD SOFT HYPHEN.',
      'line 9: The name "Acme\\u3164" contains the invisible character U+3164 HANGUL FILLER.',
      'line 10: The name "Ac\\u2028me" contains the invisible character U+2028 LINE SEPARATOR.',
      'line 11: The name "Acme\\udb40\\udc41\\udb40\\udc42" contains the invisible character U+E0041.',
      'line 12: The name "Ac\\ufeffme" contains the invisible character U+FEFF ZERO WIDTH NO-BREAK SPACE.',
      'line 13: The name "Acme\\u2800" contains the invisible character U+2800 BRAILLE PATTERN BLANK.',
      'line 14: The name "Acme\\u007f" contains the control character U+007F.',
    ]);
    const numbered = csv.map((line) => line.replace(/\d+/, (number) => String(Number(number) - 1)));
    expect(jsonl).toEqual(numbered);
  });

  it('reports an ID with two names, with both lines', async () => {
    const { violations } = await importFixture();

    const found = await violations(
      'a.csv',
      `id,name\n${B},Two\n${A},One\n${C},Three\n${A.toUpperCase()},Uno\n${B},Two\n${A},one\n`,
    );

    expect(found).toEqual([
      `line 5: The id ${A} has the name "Uno" here, but "One" in line 3.`,
      `line 7: The id ${A} has the name "one" here, but "One" in line 3.`,
    ]);
  });

  it('reports conflicting names and other violations in the order of the file', async () => {
    const { violations } = await importFixture();

    const found = await violations('a.csv', `id,name\n${A},One\n${A},Two\nmalformed,x\n${A},Three\n`);

    expect(found.map((line) => line.slice(0, 7))).toEqual(['line 3:', 'line 4:', 'line 5:']);
  });

  it('reports the first 100 violations, and the number of the others', async () => {
    const { violations } = await importFixture();
    const bad = Array.from({ length: 25_000 }, (_, index) => `bad-${index},x`);

    const found = await violations('a.csv', `id,name\n${bad.join('\n')}\n`);

    expect(found).toHaveLength(101);
    expect(found[99]).toMatch(/^line 101: The id "bad-99"/);
    expect(found[100]).toBe('and 24,900 more');
  });

  it.each([
    ['UTF-16', Buffer.from('\ufeffid,name\n', 'utf16le'), 'is UTF-16. Save it as UTF-8.'],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0]), 'is compressed with gzip. Unpack it first.'],
    ['a spreadsheet', Buffer.from('PK\u0003\u0004rest'), 'is a ZIP archive or a spreadsheet. Export it as CSV.'],
  ])('reports the encoding of a file that is not UTF-8 text: %s', async (_, content, reason) => {
    const { importText, customers } = await importFixture();

    const { code, stderr } = await importText('a.csv', content);

    expect(stderr).toContain(reason);
    expect(code).toBe(1);
    expect(customers()).toEqual({});
  });

  it.each([
    ['a.csv', 'id,name\n\u001b[2J\u009b31m\u202e\u200b,x\n'],
    ['a.csv', 'id,\u001b[2J\u009b31m\u202e\u200b\n'],
    ['a.jsonl', '{"id":"\\u001b[2J\\u009b31m\\u202e\\u200b","name":"x"}\n'],
    ['a.jsonl', '"\\u001b[2J\u009b31m\u202e\u200b'],
    ['a.json', '[["\\u001b[2J\\u009b31m\\u202e\\u200b"]]'],
    ['a\u001b[2J\u009b31m\u202e\u200b.csv', 'id,name\nx,x\n'],
  ])('escapes invisible characters of the file in its messages: %j, %j', async (name, content) => {
    const { importText } = await importFixture();

    const { stderr } = await importText(name, content);

    expect(stderr).toMatch(/\\u001b\[2J\\+u009b31m\\+u202e\\+u200b/);
    expect(stderr).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });

  it('continues after a line that is too long', async () => {
    const { violations } = await importFixture();

    const found = await violations('a.csv', `id,name\n${A},One\n${B},${'x'.repeat(300_000)}\nmalformed,x\n`);

    expect(found).toEqual([
      'line 3: The line is longer than 65,536 bytes.',
      expect.stringMatching(/^line 4: The id "malformed"/),
    ]);
  });
});
