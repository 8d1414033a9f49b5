// The mock in a browser: a page on another origin calls it with `fetch`, with preflight, and reads what it may.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mock, startMock } from '../../mock/start.ts';
import { launchBrowser } from '../support/browser.ts';
import { DEMO } from '../support/http.ts';

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

/** Calls the mock from the page; gives what the page can read of the answer. */
async function fetchInPage(headers: Record<string, string>, body: unknown) {
  const methods: string[] = [];
  // The protocol tells of preflights too, which the page's own requests leave out.
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  session.on('Network.requestWillBeSent', ({ request }) => methods.push(request.method));
  const answer = await page.evaluate(
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
  return { ...answer, methods };
}

describe('a page on another origin', () => {
  it('sends a preflight, and reads the answer with the headers of its own', async () => {
    const answer = await fetchInPage({ authorization: DEMO, 'content-type': 'application/json' }, VALID);

    expect(new URL(mock.url).origin).not.toBe(new URL(page.url()).origin);
    expect(answer.methods.sort()).toEqual(['OPTIONS', 'POST']);
    expect(answer.status).toBe(201);
    expect(answer.body.owner?.id).toBe(VALID.ownerId);
    expect(answer.headers['sequence-version']).toBe('2024-07-30');
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['code=429', 429, 'retry-after', '2'],
    ['code=401', 401, 'www-authenticate', 'Basic realm="customer-organizations", charset="UTF-8"'],
  ])('reads the headers of an error with Prefer: %s', async (prefer, status, name, value) => {
    const answer = await fetchInPage({ authorization: DEMO, 'content-type': 'application/json', prefer }, VALID);

    expect(answer.status).toBe(status);
    expect(answer.headers[name]).toBe(value);
    expect(answer.headers).toHaveProperty('x-request-id');
  });

  it('reads why it was refused before anything was asked of Prism', async () => {
    const answer = await fetchInPage({ 'content-type': 'application/json', 'idempotency-key': 'x' }, VALID);

    expect(answer.status).toBe(401);
    expect(answer.body.error?.type).toBe('Unauthorized');
    expect(answer.headers['sequence-version']).toBe('2024-07-30');
  });
});
