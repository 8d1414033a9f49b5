// The mock in a browser: a page on another origin calls it with `fetch`, under CORS.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Mock, startMock } from '../../mock/start.ts';
import { DEMO } from '../support/http/http.ts';
import { launchBrowser } from '../support/reference/browser.ts';

const VALID = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

const site = createServer((_request, response) => {
  response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>A page</title>');
});
let mock: Mock;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  await new Promise<void>((settle) => site.listen(0, '127.0.0.1', settle));
  [mock, browser] = await Promise.all([startMock({ port: 0 }), launchBrowser()]);
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`); // It listens on a port, not on a pipe.
});
afterAll(async () => {
  await Promise.all([browser?.close(), mock?.close()]);
  site.close();
});

/** Calls the mock from the page. Resolves with the part of the response that the page can read. */
async function fetchInPage(headers: Record<string, string>, body: unknown) {
  const methods: string[] = [];
  // The DevTools protocol reports preflights, which Playwright's request events omit.
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  session.on('Network.requestWillBeSent', ({ request }) => methods.push(request.method));
  const result = await page.evaluate(
    async ({ url, headers, body }) => {
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: (await response.json()) as { owner?: { id: string }; error?: { type: string } },
      };
    },
    { url: `${mock.url}/customer-organizations`, headers, body },
  );
  await session.detach();
  return { ...result, methods };
}

/** A create from a page: the status of its response, or the message of its failure. */
async function createIn(from: Page): Promise<number | string> {
  return from.evaluate(
    ({ url, authorization, body }) =>
      fetch(url, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body }).then(
        ({ status }) => status,
        (error: unknown) => String(error),
      ),
    { url: `${mock.url}/customer-organizations`, authorization: DEMO, body: JSON.stringify(VALID) },
  );
}

// Chromium repeats a request when a reused connection is reset.
describe.each<[string, () => string]>([
  ['of another origin', () => `http://127.0.0.1:${(site.address() as AddressInfo).port}/`], // It listens on a port.
  ['of the origin of the mock', () => new URL('/api/', mock.url).href],
])('a page %s', (_, address) => {
  let visited: Page;
  beforeEach(async () => {
    visited = await browser.newPage();
    await visited.goto(address());
    mock.reset();
  });
  afterEach(() => visited.close());

  it.each([0, 1, 2])('gets one network failure, after %i creates', async (before) => {
    for (let count = 0; count < before; count++) expect(await createIn(visited)).toBe(201);
    mock.next({ networkError: true });

    expect(await createIn(visited)).toBe('TypeError: Failed to fetch');
    expect(mock.requests.map(({ response }) => response?.status)).toEqual([...Array(before).fill(201), undefined]);
    expect(await createIn(visited)).toBe(201);
  });

  it.each([{ hang: true as const }, { delayMs: 30_000 }])(
    'gets a network failure when the mock is reset during %j, and nothing of the next test',
    async (scenario) => {
      expect(await createIn(visited)).toBe(201);
      mock.next(scenario);
      const waiting = createIn(visited);
      await mock.waitForRequest(({ response }) => response === null);
      mock.reset();
      mock.next('RateLimited');

      expect(await waiting).toBe('TypeError: Failed to fetch');
      expect(await createIn(visited)).toBe(429);
      expect(mock.requests).toHaveLength(1);
    },
  );
});

describe('a page on another origin', () => {
  it('sends a preflight, and reads the response with its exposed headers', async () => {
    const response = await fetchInPage({ authorization: DEMO, 'content-type': 'application/json' }, VALID);

    expect(new URL(mock.url).origin).not.toBe(new URL(page.url()).origin);
    expect(response.methods.sort()).toEqual(['OPTIONS', 'POST']);
    expect(response.status).toBe(201);
    expect(response.body.owner?.id).toBe(VALID.ownerId);
    expect(response.headers['sequence-version']).toBe('2024-07-30');
    expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('reads the error for a header over 16 KiB', async () => {
    const sent = { authorization: DEMO, 'content-type': 'application/json', prefer: 'x'.repeat(20_000) };

    const response = await fetchInPage(sent, VALID);

    expect(response.status).toBe(400);
    expect(response.body.error?.type).toBe('InvalidRequest');
    expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['code=429', 429, 'retry-after', '2'],
    ['code=401', 401, 'www-authenticate', 'Basic realm="customer-organizations", charset="UTF-8"'],
  ])('reads the headers of an error with Prefer: %s', async (prefer, status, name, value) => {
    const response = await fetchInPage({ authorization: DEMO, 'content-type': 'application/json', prefer }, VALID);

    expect(response.status).toBe(status);
    expect(response.headers[name]).toBe(value);
    expect(response.headers).toHaveProperty('x-request-id');
  });

  it('reads the error of a request that is rejected before validation', async () => {
    const response = await fetchInPage({ 'content-type': 'application/json', 'idempotency-key': 'x' }, VALID);

    expect(response.status).toBe(401);
    expect(response.body.error?.type).toBe('Unauthorized');
    expect(response.headers['sequence-version']).toBe('2024-07-30');
  });
});
