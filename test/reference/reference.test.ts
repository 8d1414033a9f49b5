// The built reference site: content, dependencies, and build errors.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import bundled from '../../generated/openapi.json' with { type: 'json' };
import { errorTypes } from '../../generated/operations.ts';
import type { Contract } from '../../openapi/model/contract.ts';
import { noScriptStyle } from '../../openapi/reference/build/no-script.ts';
import { exportRenderer, followExample, patchRedoc } from '../../openapi/reference/redoc/patches.ts';
import { operation } from '../support/contract/operation.ts';
import { copyProject, ROOT } from '../support/project-copy.ts';

const SITE = join(ROOT, 'generated/reference');

/** The HTML of the page, and its text without scripts, styles and tags. */
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
  it('has every heading of the contract, in order', () => {
    const headings = [...bundled.info.description.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading);
    const positions = headings.map((heading) =>
      page.indexOf(`id="section/${heading.toLowerCase().replaceAll(' ', '-')}"`),
    );

    expect(headings).toEqual([
      'Getting started',
      'Credentials',
      'HTTP',
      'Versions',
      'Errors',
      'Limits',
      'Retries and idempotency',
      'What differs from the published page',
      'Changelog',
    ]);
    expect(positions.every((position) => position > 0)).toBe(true);
    expect(positions).toEqual(positions.toSorted((one, other) => one - other));
  });

  it('explains in three steps how to start', () => {
    const section = bundled.info.description.split('## Getting started')[1]?.split('## ')[0] ?? '';

    expect(section.match(/^\d\. /gm)).toEqual(['1. ', '2. ', '3. ']);
  });

  it('lists every error type in one table, with status, cause and remedy', () => {
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

  it('describes the operation: parameters, properties, statuses and servers', () => {
    const expected = [
      operation.summary,
      ...Object.values(bundled.components.parameters).map(({ name }) => name),
      ...Object.keys(bundled.components.schemas.NewCustomerOrganization.properties),
      ...Object.keys(bundled.components.schemas.CustomerOrganization.properties),
      ...Object.keys(operation.responses),
      ...bundled.servers.map(({ url }) => url.replace('{host}', 'localhost')),
      'customer-organizations-server',
      'customer-organizations-mock',
    ];

    for (const each of expected) expect(text).toContain(each);
    // The site is published, and served by installed packages.
    expect(text).not.toMatch(/npm (start|run)/);
  });

  it('loads nothing from other hosts', () => {
    const loaded = [...page.matchAll(/<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)="([^"]*)"/g)].map(
      ([, url = '']) => url,
    );

    expect(loaded.length).toBeGreaterThan(2);
    expect(loaded.filter((url) => !/^assets\/[\w.-]+$/.test(url))).toEqual([]);
    expect(page).not.toMatch(/url\(["']?https?:|@import/);
  });

  it('blocks rendering only with one style sheet of less than 5 kB, and is smaller than 70 kB', async () => {
    const [head = ''] = page.split('</head>');
    const withoutNoScript = head.replace(/<noscript>.*?<\/noscript>/gs, '');
    const sheets = [...withoutNoScript.matchAll(/<link rel="stylesheet" href="([^"]*)"/g)].map(([, name = '']) => name);
    const scripts = [...page.matchAll(/<script\b([^>]*)>/g)].map(([, attributes = '']) => attributes);

    expect(sheets).toHaveLength(1);
    expect((await stat(join(SITE, `${sheets[0]}.br`))).size).toBeLessThan(5_000);
    expect((await stat(join(SITE, 'index.html.br'))).size).toBeLessThan(70_000);
    expect(scripts.filter((attributes) => attributes.includes('src=') && !attributes.startsWith(' defer '))).toEqual(
      [],
    );
    expect(page.indexOf('id="section/getting-started"')).toBeGreaterThan(0);
  });

  it('includes the contract as JSON and YAML', async () => {
    const published: Contract = JSON.parse(await readFile(join(SITE, 'openapi.json'), 'utf8'));

    expect(published).toEqual(bundled);
    expect(parse(await readFile(join(SITE, 'openapi.yaml'), 'utf8'))).toEqual(bundled);
  });
});

describe('npm run docs', () => {
  it('fails with file and line, and keeps the old site, when the contract is invalid', async () => {
    await using project = await copyProject();
    const site = join(project.path, 'generated/reference');
    const before = await readFile(join(site, 'files.json'), 'utf8');
    const contract = join(project.path, 'openapi/openapi.yaml');
    await writeFile(contract, (await readFile(contract, 'utf8')).replace('/NewCustomerOrganization"', '/Missing"'));

    const { code, stderr } = await project.node('openapi/reference/build/main.ts');

    expect(code).toBe(1);
    expect(stderr).toMatch(/^openapi\/openapi\.yaml:\d+:\d+ at #\S+: The reference `\S+` leads nowhere/);
    expect(stderr).toContain('generated/reference/ is unchanged.');
    expect(await readFile(join(site, 'files.json'), 'utf8')).toBe(before);
  });

  it('fails when a patch does not match the installed version of Redoc', () => {
    expect(() => patchRedoc('useState)(()=>!0)')).toThrow('Redoc has 0 matches, not one, for this patch: all sections');
    expect(() => followExample('')).toThrow('the code sample follows the selected example');
    expect(() => exportRenderer('export{a as handlerBuildCommand}')).toThrow('the renderer of build-docs is exported');
  });
});

const plain = (html: string) => html.replace(/<[^>]+>/g, '').trim();

describe('noScriptStyle', () => {
  it('extracts the dark colours from nested rules of a long style sheet', () => {
    const long = `p{content:"${'x'.repeat(1_000_000)}"}`;

    const style = noScriptStyle('', [`${long}@media screen{:root.dark{color:red}}b{}`]);

    expect(style).toContain('{\n:root{color:red}\n}');
    expect(style).not.toContain('xxx');
  });
});
