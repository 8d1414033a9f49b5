// The reference as files: what is in it, what it loads, and what keeps it from being built.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import bundled from '../../generated/openapi.json' with { type: 'json' };
import { errorTypes } from '../../generated/operations.ts';
import type { Contract } from '../../openapi/model/contract.ts';
import { withoutScriptsStyle } from '../../openapi/reference/build/no-script.ts';
import { followExample, patchRedoc } from '../../openapi/reference/redoc/patches.ts';
import { operation } from '../support/operation.ts';
import { copyProject, ROOT } from '../support/project-copy.ts';

const SITE = join(ROOT, 'generated/reference');

/** The prerendered text, without what only scripts and styles see. */
let page = '';
let text = '';
beforeAll(async () => {
  page = await readFile(join(SITE, 'index.html'), 'utf8');
  text = page
    .replace(/<(style|script)\b[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#x27;', "'")
    .replace(/\s+/g, ' ');
});

describe('the prerendered page', () => {
  it('has every heading of the contract, in its order', () => {
    const headings = [...bundled.info.description.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading);
    const places = headings.map((heading) =>
      page.indexOf(`id="section/${heading.toLowerCase().replaceAll(' ', '-')}"`),
    );

    expect(headings).toEqual([
      'Getting started',
      'Credentials',
      'Versions',
      'Errors',
      'Limits',
      'Retries and idempotency',
      'What differs from the published page',
      'Changelog',
    ]);
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });

  it('gets started in three steps', () => {
    const section = bundled.info.description.split('## Getting started')[1]?.split('## ')[0] ?? '';

    expect(section.match(/^\d\. /gm)).toEqual(['1. ', '2. ', '3. ']);
  });

  it('has every error type of the contract in one table: with its status, a cause and what to do', () => {
    const rows = [...page.matchAll(/<tr>(.*?)<\/tr>/gs)]
      .map(([, row = '']) => [...row.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell = '']) => plain(cell)))
      .filter(({ length }) => length === 4);

    expect(Object.fromEntries(rows.map(([status, type]) => [type, Number(status)]))).toEqual(
      Object.fromEntries(Object.entries(errorTypes).map(([type, { status }]) => [type, status])),
    );
    expect(rows).toHaveLength(Object.keys(errorTypes).length);
    for (const [, , cause, remedy] of rows)
      expect([cause, remedy]).toEqual([expect.stringMatching(/\.$/), expect.stringMatching(/\.$/)]);
  });

  it('has the operation: its parameters, its properties, its statuses, its servers', () => {
    const expected = [
      operation.summary,
      ...Object.values(bundled.components.parameters).map(({ name }) => name),
      ...Object.keys(bundled.components.schemas.NewCustomerOrganization.properties),
      ...Object.keys(bundled.components.schemas.CustomerOrganization.properties),
      ...Object.keys(operation.responses),
      ...bundled.servers.map(({ url }) => url.replace('{host}', 'localhost')),
      'npm start',
      'npm run mock',
    ];

    for (const each of expected) expect(text).toContain(each);
  });

  it('loads nothing from anywhere else', () => {
    const loaded = [...page.matchAll(/<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)="([^"]*)"/g)].map(
      ([, url = '']) => url,
    );

    expect(loaded.length).toBeGreaterThan(2);
    expect(loaded.filter((url) => !/^assets\/[\w.-]+$/.test(url))).toEqual([]);
    expect(page).not.toMatch(/url\(["']?https?:|@import/);
  });

  it('waits for one small style sheet before it paints, and for no script', async () => {
    const [head = ''] = page.split('</head>');
    const withoutNoScript = head.replace(/<noscript>.*?<\/noscript>/gs, '');
    const sheets = [...withoutNoScript.matchAll(/<link rel="stylesheet" href="([^"]*)"/g)].map(([, name = '']) => name);
    const scripts = [...page.matchAll(/<script\b([^>]*)>/g)].map(([, attributes = '']) => attributes);

    expect(sheets).toHaveLength(1);
    expect((await stat(join(SITE, `${sheets[0]}.br`))).size).toBeLessThan(5_000);
    expect((await stat(join(SITE, 'served.html.br'))).size).toBeLessThan(70_000);
    expect(scripts.filter((attributes) => attributes.includes('src=') && !attributes.startsWith(' defer '))).toEqual(
      [],
    );
    expect(page.indexOf('id="section/getting-started"')).toBeGreaterThan(0);
  });

  it('offers the contract itself', async () => {
    const offered: Contract = JSON.parse(await readFile(join(SITE, 'openapi.json'), 'utf8'));

    expect(offered).toEqual(bundled);
    expect(await readFile(join(SITE, 'openapi.yaml'), 'utf8')).toBe(
      await readFile(join(ROOT, 'openapi/openapi.yaml'), 'utf8'),
    );
  });
});

describe('npm run docs', () => {
  it('stops with the reason, and leaves the old site, when Redocly cannot render the contract', async () => {
    await using project = await copyProject();
    const site = join(project.path, 'generated/reference');
    const before = await readFile(join(site, 'files.json'), 'utf8');
    const contract = join(project.path, 'openapi/openapi.yaml');
    await writeFile(contract, (await readFile(contract, 'utf8')).replace('/NewCustomerOrganization"', '/Nobody"'));

    const { code, stderr } = await project.node('openapi/reference/build/main.ts');

    expect(code).toBe(1);
    expect(stderr).toMatch(/Nobody/);
    expect(stderr).toContain('generated/reference/ is unchanged.');
    expect(await readFile(join(site, 'files.json'), 'utf8')).toBe(before);
  });

  it('stops when Redoc is not the one that the changes were made for', () => {
    expect(() => patchRedoc('useState)(()=>!0)')).toThrow('Redoc has 0 places, not one, for this change: sections');
    expect(() => followExample('')).toThrow('the code sample follows the chosen example');
  });
});

const plain = (html: string) => html.replace(/<[^>]+>/g, '').trim();

describe('the style for readers without scripts', () => {
  it('has the dark colours of the innermost rules, however long a sheet is', () => {
    const long = `p{content:"${'x'.repeat(1_000_000)}"}`;

    const style = withoutScriptsStyle('', [`${long}@media screen{:root.dark{color:red}}b{}`]);

    expect(style).toContain('{\n:root{color:red}\n}');
    expect(style).not.toContain('xxx');
  });
});
