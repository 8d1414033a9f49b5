// The Markdown version of the reference, and llms.txt: they lack no part of the contract, and have no broken links.
import { describe, expect, it } from 'vitest';
import { contract } from '../../generated/contract.ts';
import { operationsOf, resolve, responsesOf } from '../../openapi/model/contract.ts';
import { codeText, describeType, listParts } from '../../openapi/reference/markdown/describe-schema.ts';
import { writeLlms } from '../../openapi/reference/markdown/write-llms.ts';
import { writeMarkdown } from '../../openapi/reference/markdown/write-markdown.ts';

const text = writeMarkdown(contract);

/** The text without code blocks, whose headings and links do not count. */
const prose = text.replace(/^(`{3,}).*?^\1$/gms, '');

describe('writeMarkdown', () => {
  it('has each operation with its parameters, responses, headers and examples', () => {
    for (const entry of operationsOf(contract)) {
      expect(prose).toContain(`\n\`${entry.method.toUpperCase()} ${entry.path}\``);
      for (const { name } of entry.parameters) expect(prose).toContain(`\n| \`${name}\` | `);
      for (const { status, response } of responsesOf(contract, entry.operation)) {
        expect(prose).toContain(`\n### Response ${status}\n\n${response.description.trim()}\n`);
        for (const name of Object.keys(response.headers ?? {})) expect(prose).toContain(`\n| \`${name}\` | `);
        for (const { value } of Object.values(response.content ?? {}).flatMap(({ examples = {} }) =>
          Object.values(examples),
        ))
          expect(text).toContain(`\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``);
      }
    }
  });

  it('has each response to a request that reaches no operation', () => {
    const statuses = Object.keys(contract['x-fallback-responses'] ?? {});

    expect(statuses.length).toBeGreaterThan(0);
    expect(statuses.filter((status) => !prose.includes(`\n### Status ${status}\n`))).toEqual([]);
  });

  it('has the description of each named schema', () => {
    const described = Object.values(contract.components.schemas).map(({ description }) => String(description ?? ''));
    const flat = prose.replace(/\s+/g, ' ');
    // A reference may have its own description instead.
    const own = JSON.stringify(contract).match(/"description":"[^"]+","\$ref"/g) ?? [];

    expect(described.filter((each) => flat.includes(each.trim().replace(/\s+/g, ' '))).length).toBeGreaterThan(5);
    expect(
      own.filter((each) => !flat.includes(JSON.parse(`{${each.split(',"$ref"')[0]}}`).description.trim())),
    ).toEqual([]);
  });

  it('has a sample in each language, of one example', () => {
    const labels = ['curl', 'TypeScript (client)', 'TypeScript (fetch)', 'Python', 'Go', 'Java', 'C#', 'PHP'];

    expect(labels.filter((label) => !prose.includes(`\n${label}:\n`))).toEqual([]);
  });

  it('links to headings that exist', () => {
    const anchors = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    );
    const links = [...prose.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor = '']) => anchor);

    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((link) => !anchors.includes(link))).toEqual([]);
  });

  it('has tables whose rows have as many cells as their heads', () => {
    const tables = prose.match(/(^\|.*\n)+/gm) ?? [];
    const widths = tables.map(
      (table) =>
        new Set(
          table
            .trim()
            .split('\n')
            .map((row) => row.split(/(?<!\\)\|/).length),
        ),
    );

    expect(tables.length).toBeGreaterThan(5);
    expect(widths.filter(({ size }) => size !== 1)).toEqual([]);
  });
});

describe('listParts', () => {
  it('describes a schema that contains itself once', () => {
    const copy = structuredClone(contract);
    const tree = { type: 'object', properties: { left: { $ref: '#/components/schemas/Tree' } } };
    copy.components.schemas.Tree = tree;

    expect(listParts(copy, { $ref: '#/components/schemas/Tree' })).toEqual([
      '- `left`: object.  As above.'.replace('  ', ' '),
    ]);
    expect(resolve(copy, { $ref: '#/components/schemas/Tree' })).toBe(tree);
  });

  it('lists alternatives, items and their parts below each other', () => {
    const schema = {
      type: 'array',
      items: {
        oneOf: [
          { type: 'string', maxLength: 5 },
          { type: 'object', properties: { 'a`b': { const: 1 } } },
        ],
      },
    };

    expect(listParts(contract, schema)).toEqual([
      '- Each item: any value.',
      '  - Either: string, 0 to 5 characters.',
      '  - Either: object.',
      '    - ``a`b``: any value, always `1`.',
    ]);
  });
});

describe('describeType', () => {
  it.each([
    [
      { type: ['string', 'null'], format: 'uuid', minLength: 36, maxLength: 36 },
      'string or null (uuid), 36 characters',
    ],
    [{ type: 'integer', minimum: 1, exclusiveMaximum: 9 }, 'integer, at least 1, less than 9'],
    [{ type: 'array', minItems: 2, uniqueItems: true }, 'array, 2 or more items, each item once'],
    [{ type: 'string', enum: ['a', ''] }, 'string, one of `a`, `  `'],
  ])('describes %j', (schema, expected) => {
    expect(describeType(contract, schema)).toBe(expected);
  });
});

describe('codeText', () => {
  it.each([
    ['a', '`a`'],
    ['a``b', '```a``b```'],
    ['`', '`` ` ``'],
  ])('writes %s as code', (value, expected) => {
    expect(codeText(value)).toBe(expected);
  });
});

describe('writeLlms', () => {
  it('has a title, a summary, the operations and the links', () => {
    const operations = operationsOf(contract)
      .map(({ method, path, operation }) => `- \`${method.toUpperCase()} ${path}\`: ${operation.summary}`)
      .join('\n');

    expect(writeLlms(contract, [{ name: 'reference.md', title: 'Reference', description: 'in Markdown' }])).toBe(
      `# ${contract.info.title}

> ${contract.info.summary}

${operations}

## Documentation

- [Reference](reference.md): in Markdown
`,
    );
  });
});
