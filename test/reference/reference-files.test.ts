// Which files of the reference site are served: those of older versions, and the page before and after its build.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import express from 'express';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { listen } from '../../server/http/listen.ts';
import { serveReference } from '../../server/site/reference.ts';
import { exchange } from '../support/http/http.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('serveReference', () => {
  it('serves the pages of older versions from their folders, and the changelog', async () => {
    await using folder = await temporaryFolder();
    const names = ['served.html', 'served.md', 'openapi.json', 'llms.txt', 'bruno/bruno.json'];
    const older = names.map((name) => `versions/2024-07-30/${name}`);
    const all = [...names, ...older, 'served-changelog.html', 'changelog.md', 'assets/a.js'];
    for (const name of all) {
      await mkdir(dirname(join(folder.path, name)), { recursive: true });
      await writeFile(join(folder.path, name), `content of ${name}`);
    }
    const entry = { type: 'text/plain', etag: '"1"', immutable: false, compressed: false };
    const list = Object.fromEntries(all.map((name) => [name, entry]));
    await writeFile(join(folder.path, 'files.json'), JSON.stringify(list));
    const app = express().use(serveReference(folder.path));
    const server = await listen(app, { port: 0, host: '127.0.0.1', portHint: '' });
    onTestFinished(async () => {
      await server.close(0);
    });
    const get = async (path: string, method = 'GET') => exchange(server.url, { method, path });
    const found: Record<string, string> = {
      '/': 'served.html',
      '/versions/2024-07-30/': 'versions/2024-07-30/served.html',
      '/versions/2024-07-30/index.html': 'versions/2024-07-30/served.html',
      '/versions/2024-07-30/reference.md': 'versions/2024-07-30/served.md',
      '/versions/2024-07-30/openapi.json': 'versions/2024-07-30/openapi.json',
      '/versions/2024-07-30/llms.txt': 'versions/2024-07-30/llms.txt',
      '/versions/2024-07-30/bruno/bruno.json': 'versions/2024-07-30/bruno/bruno.json',
      '/changelog.html': 'served-changelog.html',
      '/changelog.md': 'changelog.md',
    };

    for (const [path, name] of Object.entries(found)) {
      const [response, head] = [await get(path), await get(path, 'HEAD')];
      expect([path, response.status, response.text]).toEqual([path, 200, `content of ${name}`]);
      expect([head.status, head.headers.etag, head.text]).toEqual([200, '"1"', '']);
    }
    const redirect = await get('/versions/2024-07-30');
    expect([redirect.status, redirect.headers.location]).toEqual([308, '2024-07-30/']);
    for (const path of [
      '/versions/2020-01-01/',
      '/versions/2020-01-01',
      '/versions/2024-07-30/assets/a.js',
      '/versions/2024-07-30/files.json',
      '/versions/2024-07-30/../../package.json',
      '/versions/',
    ])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
  });

  it('says so while there is no site, and serves the site once it is there', async () => {
    await using folder = await temporaryFolder();
    const site = join(folder.path, 'reference');
    const server = await listen(express().use(serveReference(site)), { port: 0, host: '127.0.0.1', portHint: '' });
    onTestFinished(async () => {
      await server.close(0);
    });
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
    expect(missing.text).toContain('could not be built');
    expect(missing.headers['cache-control']).toBe('no-store');
    expect(built.text).toBe('built');
    expect(gone.text).toContain('could not be built');
  });
});

it('waits for the build when the page is requested, and not for other files', async () => {
  const built: string[] = [];
  await using folder = await temporaryFolder();
  const { resolve: finish, promise: building } = Promise.withResolvers<void>();
  const build = (list: string) => {
    built.push(list);
    return building;
  };
  const server = await listen(express().use(serveReference(folder.path, build)), {
    ...{ port: 0, host: '127.0.0.1', portHint: '' },
  });
  onTestFinished(async () => {
    await server.close(0);
  });
  const page = exchange(server.url, { method: 'GET', path: '/' });
  await exchange(server.url, { method: 'GET', path: '/openapi.json' });
  await vi.waitUntil(() => built.length > 0);
  await writeFile(join(folder.path, 'served.html'), 'built');
  const file = { type: 'text/html', etag: '"1"', immutable: false, compressed: false };
  await writeFile(join(folder.path, 'files.json'), JSON.stringify({ 'served.html': file }));
  finish();

  expect((await page).text).toBe('built');
  expect(built).toEqual([join(folder.path, 'files.json')]);
});
