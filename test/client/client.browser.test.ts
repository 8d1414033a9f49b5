// The client in browsers: bundled, in a page and in a worker of Chromium, under CORS; and its bundle size.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../../generated/contract.ts';
import { olderContracts } from '../../generated/versions.ts';
import { operationsOf } from '../../openapi/model/contract.ts';
import { ApiError } from '../../server/edge/errors.ts';
import type { Context } from '../../server/edge/options.ts';
import { organizationWith, ownerIdOf } from '../support/contract/organization.ts';
import { launchBrowser } from '../support/reference/browser.ts';
import { startEdge, type Target } from '../support/targets.ts';

const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };
const CLIENT = fileURLToPath(new URL('../../openapi/client/index.ts', import.meta.url));

/** Bundles code for browsers. Fails on any import of a Node.js module. */
async function bundle(code: string, format: 'esm' | 'iife' = 'esm'): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: code.replace('CLIENT', JSON.stringify(CLIENT)),
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    minify: true,
    format,
    platform: 'browser',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/** Creates an organization. */
const CREATE = `
import { createClient } from CLIENT;
globalThis.create = async (baseUrl) => {
  const client = createClient({ baseUrl, credentials: { clientId: 'Zoë', clientSecret: 'päss€' } });
  const body = ${JSON.stringify(BODY)};
  const { data, error, response } = await client.POST('/customer-organizations', { body });
  const version = response.headers.get('Sequence-Version');
  return { status: response.status, name: data?.owner.name, type: error?.error.type, version };
};
`;

describe('the client bundle', () => {
  it('is smaller than 8 kB minified and gzipped, with openapi-fetch', async () => {
    const code = await bundle('export * from CLIENT');

    expect(code).toContain('createClient');
    // The client contains the operations and error statuses of each version, so each further version may add some
    // bytes.
    const limit = 8_000 + 100 * (operationsOf(contract).length + olderContracts.length - 1);
    expect(gzipSync(code, { level: 9 }).length).toBeLessThan(limit);
  });
});

describe('the client in Chromium', () => {
  let edge: Target;
  let site: Target;
  let browser: Browser;
  let attempts: number;
  let seen: { clientId: string; key: string | undefined }[];

  beforeAll(async () => {
    edge = await startEdge(
      {
        async createCustomerOrganization({ body, headers }, { principal }: Context) {
          seen.push({ clientId: principal.clientId, key: headers['Idempotency-Key'] });
          if (attempts++ === 0) throw new ApiError('Unavailable', { headers: { 'Retry-After': 1 } });
          const id = ownerIdOf(body);
          const owner = { id, name: principal.clientId };
          return { status: 201, body: organizationWith({ id, owner, members: [] }) };
        },
      },
      { corsOrigins: '*' },
    );
    site = await serveSite(
      await bundle(CREATE),
      await bundle(`${CREATE}onmessage = async ({ data }) => postMessage(await create(data));`, 'iife'),
    );
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await edge?.close();
  });

  it.each(['a page', 'a worker'])(
    'creates an organization on another origin from %s, with one retry after a 503',
    async (context) => {
      attempts = 0;
      seen = [];
      const page = await browser.newPage();
      await page.goto(site.url);

      const result = await page.evaluate(
        context === 'a page'
          ? `create('${edge.url}/api')`
          : `new Promise((settle, fail) => {
             const worker = new Worker('/worker.js');
             worker.onmessage = ({ data }) => settle(data);
             worker.onerror = fail;
             worker.postMessage('${edge.url}/api');
           })`,
      );
      await page.close();

      expect(result).toEqual({ status: 201, name: 'Zoë', type: undefined, version: '2024-07-30' });
      expect(seen).toHaveLength(2);
      expect(new Set(seen.map(({ key }) => key)).size).toBe(1);
    },
  );
});

/** Serves a page on another origin than the API, with the client in a module and in a worker. */
async function serveSite(module: string, worker: string): Promise<Target> {
  const files: Record<string, [string, string]> = {
    '/': ['text/html', '<!doctype html><script type="module" src="/page.js"></script>'],
    '/page.js': ['text/javascript', module],
    '/worker.js': ['text/javascript', worker],
  };
  const server = createServer((request, response) => {
    const [type, content] = files[request.url ?? ''] ?? ['text/plain', ''];
    response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8` }).end(content);
  }).listen(0, '127.0.0.1');
  await new Promise((settle) => server.once('listening', settle));
  const { port } = server.address() as AddressInfo; // It listens on a port.
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
    },
  };
}
