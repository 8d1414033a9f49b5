// The reference as files and as answers: what is in it, what it asks for, and how it is served.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import bundled from '../generated/openapi.json' with { type: 'json' };
import { errorTypes } from '../generated/operations.ts';
import type { Contract } from '../openapi/contract.ts';
import { followExample, patchRedoc } from '../openapi/reference/redoc-patches.ts';
import { listen } from '../server/listen.ts';
import { serveReference } from '../server/reference.ts';
import { exchange } from './http.ts';
import { copyProject, ROOT } from './project-copy.ts';
import { startSqliteServer, type Target, temporaryFolder } from './targets.ts';

const SITE = join(ROOT, 'generated/reference');
const { post } = bundled.paths['/customer-organizations'];

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
      post.summary,
      ...Object.values(bundled.components.parameters).map(({ name }) => name),
      ...Object.keys(bundled.components.schemas.NewCustomerOrganization.properties),
      ...Object.keys(bundled.components.schemas.CustomerOrganization.properties),
      ...Object.keys(post.responses),
      ...bundled.servers.map(({ url }) => url),
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

    const { code, stderr } = await project.node('openapi/build-reference.ts');

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

describe('the served site', () => {
  let server: Target;
  beforeAll(async () => {
    server = await startSqliteServer();
  });
  afterAll(() => server?.close());

  const open = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    exchange(server.url, { method, path, headers });

  it('comes under a strict Content-Security-Policy', async () => {
    const { status, headers } = await open('/');

    const policy = new Map(
      headers['content-security-policy']?.split('; ').map((line): [string, string] => {
        const [directive = '', ...sources] = line.split(' ');
        return [directive, sources.join(' ')];
      }),
    );
    expect(status).toBe(200);
    expect(policy.get('default-src')).toBe("'none'");
    expect(policy.get('script-src')).toMatch(/^'self' 'sha256-[^' ]+'$/);
    expect(policy.get('style-src-elem')).not.toContain('unsafe');
    expect(policy.get('connect-src')?.split(' ').slice(1)).toEqual(
      bundled.servers.map(({ url }) => new URL(url.replace('{host}', 'localhost')).origin),
    );
    expect([...policy.values()].join(' ')).not.toContain('unsafe-eval');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  });

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('comes in %s', async (encoding, decompress) => {
    const response = await fetchRaw(`${server.url}/`, encoding);

    expect(response.headers['content-encoding']).toBe(encoding);
    expect(response.headers.vary).toBe('Accept-Encoding');
    expect(decompress(response.bytes).toString()).toBe(await readFile(join(SITE, 'served.html'), 'utf8'));
  });

  it('is asked for again only when it has changed', async () => {
    const { headers, text } = await open('/');
    const again = await open('/', { 'if-none-match': headers.etag ?? '' });
    const changed = await open('/', { 'if-none-match': 'W/"other"' });

    expect(text.length).toBeGreaterThan(100_000);
    expect(headers['cache-control']).toBe('no-cache');
    expect([again.status, again.text]).toEqual([304, '']);
    expect(changed.status).toBe(200);
  });

  it('lets browsers keep for ever what is named by its content', async () => {
    const [, script = ''] = /src="(assets\/redoc[^"]*)"/.exec(page) ?? [];
    const { status, headers } = await open(`/${script}`);

    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it('answers HEAD without a body', async () => {
    const { status, headers, text } = await open('/', {}, 'HEAD');

    expect([status, text]).toEqual([200, '']);
    expect(Number(headers['content-length'])).toBeGreaterThan(100_000);
  });

  it.each([
    ['GET', '/assets/nothing.js'],
    ['GET', '/assets/..%2f..%2f..%2fpackage.json'],
    ['GET', '/assets/../../../package.json'],
    ['GET', '/files.json'],
    ['GET', '//'],
    ['POST', '/'],
    ['GET', '/api'],
  ])('leaves %s %s to the contract', async (method, path) => {
    const { status, body } = await open(path, {}, method);

    expect(status).toBe(404);
    expect(body).toMatchObject({ error: { type: 'NotFound' } });
  });

  it('says how to build it while it is not built, and is there as soon as it is', async () => {
    await using folder = await temporaryFolder();
    const site = join(folder.path, 'reference');
    const server = await listen(express().use(serveReference(site)), { port: 0, host: '127.0.0.1', portHint: '' });
    onTestFinished(async () => void (await server.close(0)));
    const get = () => exchange(server.url, { method: 'GET', path: '/' });

    const missing = await get();
    await mkdir(site);
    await writeFile(join(site, 'served.html'), 'built');
    const file = { type: 'text/html', etag: '"1"', immutable: false, compressed: false };
    await writeFile(join(site, 'files.json'), JSON.stringify({ 'served.html': file }));
    const built = await get();
    await rm(site, { recursive: true });
    const gone = await get();

    expect(missing.status).toBe(200);
    expect(missing.text).toContain('npm run docs');
    expect(missing.headers['cache-control']).toBe('no-store');
    expect(built.text).toBe('built');
    expect(gone.text).toContain('npm run docs');
  });
});

const plain = (html: string) => html.replace(/<[^>]+>/g, '').trim();

/** As it comes over the wire, still compressed. */
function fetchRaw(url: string, encoding: string) {
  return new Promise<{ headers: Record<string, unknown>; bytes: Buffer }>((settle, fail) => {
    request(url, { headers: { 'accept-encoding': encoding } }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      settle({ headers: response.headers, bytes: Buffer.concat(chunks) });
    })
      .on('error', fail)
      .end();
  });
}
