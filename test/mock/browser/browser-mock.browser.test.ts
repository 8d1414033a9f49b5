// The browser mock in Chromium: bundled, under a policy without `eval`, in a page and in a service worker; and its
// size.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../../support/reference/browser.ts';

const MOCK = fileURLToPath(new URL('../../../mock/browser/index.ts', import.meta.url));
const CLIENT = fileURLToPath(new URL('../../../openapi/client/index.ts', import.meta.url));
const SCHEMAS = fileURLToPath(new URL('../../../openapi/schemas/index.ts', import.meta.url));
const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';

/** Bundles code for browsers. Fails on any import of a Node.js module. */
async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2024',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

const gzipSize = (code: string) => gzipSync(code, { level: 9 }).length;

/** Calls through the client, with the mock as its `fetch` or behind a service worker. */
const PAGE = `
import { createClient } from ${JSON.stringify(CLIENT)};
import { createBrowserMock } from ${JSON.stringify(MOCK)};
const mock = createBrowserMock();
async function create(options) {
  const client = createClient({ baseUrl: '/api', credentials: { clientId: 'Zoë', clientSecret: 'päss€' }, ...options });
  const call = (body) => client.POST('/customer-organizations', { body });
  const valid = await call({ ownerId: '${OWNER}', memberIds: [] });
  const invalid = await call({ ownerId: 'x', memberIds: [] });
  return { name: valid.data?.owner.name, type: invalid.error?.error.type, details: invalid.error?.error.details };
}
globalThis.createWithMock = () => create({ fetch: mock.fetch });
globalThis.createWithWorker = async () => {
  await navigator.serviceWorker.register('/worker.js', { type: 'module' });
  await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller)
    await new Promise((settle) => navigator.serviceWorker.addEventListener('controllerchange', settle));
  return create({});
};
`;
const WORKER = `
import { createBrowserMock } from ${JSON.stringify(MOCK)};
const { fetch } = createBrowserMock();
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  if (new URL(event.request.url).pathname.startsWith('/api/')) event.respondWith(fetch(event.request));
});
`;

describe('the bundle', () => {
  it('keeps the browser mock smaller than 30 kB gzipped, without `eval`', async () => {
    const code = await bundle(`export * from ${JSON.stringify(MOCK)}`);

    expect(code).toContain('createBrowserMock');
    expect(gzipSize(code)).toBeLessThan(30_000);
    expect(code).not.toMatch(/\beval\(|new Function\b/);
  });

  it('keeps validators out of a client unless they are imported', async () => {
    const without = await bundle(`export { createClient } from ${JSON.stringify(CLIENT)}`);
    const unused = await bundle(
      `import { requestSchemas, responseSchemas } from ${JSON.stringify(SCHEMAS)};
       export { createClient } from ${JSON.stringify(CLIENT)}`,
    );
    const responses = await bundle(`export { responseSchemas } from ${JSON.stringify(SCHEMAS)}`);
    const requests = await bundle(`export { requestSchemas } from ${JSON.stringify(SCHEMAS)}`);

    // The bundler may give variables other names.
    expect(unused.length).toBe(without.length);
    expect(responses).not.toContain('memberIds');
    expect(requests).not.toContain('Idempotency-Replayed');
    expect(gzipSize(requests)).toBeLessThan(10_000);
  });
});

describe('in Chromium, without `eval`', () => {
  let origin: string;
  let browser: Browser;
  const site = createServer();
  const requests: string[] = [];

  beforeAll(async () => {
    const [page, worker, launched] = await Promise.all([bundle(PAGE), bundle(WORKER), launchBrowser()]);
    browser = launched;
    const files: Record<string, [string, string]> = {
      '/': ['text/html', '<!doctype html><script type="module" src="/page.js"></script>'],
      '/page.js': ['text/javascript', page],
      '/worker.js': ['text/javascript', worker],
    };
    site.on('request', (request, response) => {
      requests.push(request.url ?? '');
      const [type, content] = files[request.url ?? ''] ?? ['text/plain', ''];
      response.setHeader('Content-Security-Policy', "default-src 'none'; script-src 'self'; connect-src 'self'");
      response.writeHead(content ? 200 : 404, { 'Content-Type': `${type}; charset=utf-8` }).end(content);
    });
    await new Promise<void>((settle) => site.listen(0, '127.0.0.1', settle));
    origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`; // It listens on a port.
  });
  afterAll(async () => {
    await browser?.close();
    site.closeAllConnections();
    site.close();
  });

  it.each(['createWithMock', 'createWithWorker'])('%s responds as the server does', async (name) => {
    const page = await browser.newPage();
    await page.goto(origin);

    const result = await page.evaluate(`${name}()`);
    await page.close();

    expect(result).toEqual({
      name: 'FinTech Solutions Inc.',
      type: 'InvalidRequest',
      details: [{ in: 'body', pointer: '/ownerId', message: `Must be a UUID, such as ${OWNER}.` }],
    });
    expect(requests.filter((url) => url.startsWith('/api'))).toEqual([]);
  });
});
