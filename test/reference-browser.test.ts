// The reference site in Chromium: what a reader sees, finds, reaches and copies, and what the page must never do.
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import bundled from '../generated/openapi.json' with { type: 'json' };
import { listen } from '../server/listen.ts';
import { launchBrowser } from './browser.ts';
import { ROOT } from './project-copy.ts';
import { choose, copyFrom, openReference, requestSamples } from './reference-page.ts';
import { startSqliteServer, type Target } from './targets.ts';

const SITE = join(ROOT, 'generated/reference');
/** For a person to look at. */
const SCREENSHOTS = join(ROOT, 'generated/reference-screenshots');
const OPERATION = '#operations/createcustomerorganization';
const WIDTHS = [375, 768, 1440] as const;

const { post } = bundled.paths['/customer-organizations'];
const requestExamples = Object.values(post.requestBody.content['application/json'].examples);

let browser: Browser;
let server: Target;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startSqliteServer()]);
  await mkdir(SCREENSHOTS, { recursive: true });
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** A page that is closed with the test. */
async function open(path = '/', options: Parameters<typeof openReference>[2] = {}) {
  const reference = await openReference(browser, path.includes(':') ? path : `${server.url}${path}`, options);
  onTestFinished(() => reference.close());
  return reference;
}

describe('the page', () => {
  it('says what it is', async () => {
    const { page, faults } = await open();

    expect(await page.title()).toBe('Customer Organizations API');
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    expect(await page.locator('meta[name=description]').getAttribute('content')).toContain(post.summary);
    const icon = await page.locator('link[rel=icon]').getAttribute('href');
    expect((await page.request.get(`${server.url}/${icon}`)).headers()['content-type']).toBe('image/svg+xml');
    expect(faults).toEqual([]);
  });

  it('paints its first text in under a second', async () => {
    const { page } = await open();

    // The best of three: other tests may use the processor at the same time.
    const timesMs: number[] = [];
    for (let load = 0; load < 3; load++) {
      await page.reload({ waitUntil: 'load' });
      await page.waitForFunction(`performance.getEntriesByName('first-contentful-paint').length > 0`);
      timesMs.push(await page.evaluate<number>(`performance.getEntriesByName('first-contentful-paint')[0].startTime`));
    }

    expect(Math.min(...timesMs)).toBeLessThan(1_000);
  });

  it('has its whole text without scripts', async () => {
    const { page, faults } = await open('/', { javaScriptEnabled: false });

    const text = await page.locator('body').innerText();

    for (const { name } of [...Object.values(bundled.components.parameters)]) expect(text).toContain(name);
    for (const status of Object.keys(post.responses)) expect(text).toContain(status);
    expect(text).toContain(post.summary);
    expect(text).toContain('curl --request POST');
    await page.getByRole('link', { name: 'Errors', exact: true }).click();
    expect(new URL(page.url()).hash).toBe('#section/errors');
    expect(await inView(page, 'Errors')).toBe(true);
    expect(faults).toEqual([]);
  });

  it.each([
    ['from a file', async () => `file://${SITE}/index.html`],
    ['under any path of a static host', async () => `${await startStaticHost('/docs/api')}/index.html`],
  ])('works %s', async (_, address) => {
    const { page, faults } = await open(`${await address()}${OPERATION}`);

    await choose(page, requestSamples(page).getByRole('button', { name: 'curl' }), 'Go');
    await page.getByTestId('color-mode-switcher').click();

    expect(await requestSamples(page).locator('pre').innerText()).toContain('package main');
    expect(await page.evaluate<boolean>(`document.fonts.check('15px Inter')`)).toBe(true);
    expect(await page.getByRole('button', { name: 'Try it' }).count()).toBe(0);
    expect(faults).toEqual([]);
  });
});

describe('a reader', () => {
  it('finds the operation with the search of the page', async () => {
    const { page, faults } = await open();

    await page.keyboard.press('Control+k');
    await page.keyboard.type('customer organization');
    await page.locator('[data-component-name="Search/SearchItem"]', { hasText: post.summary }).first().click();
    await page.waitForFunction(`location.hash.includes('createcustomerorganization')`);

    await expect.poll(() => inView(page, post.summary)).toBe(true);
    expect(faults).toEqual([]);
  });

  it('comes to the operation by a deep link', async () => {
    const { page } = await open(`/${OPERATION}`);

    await expect.poll(() => inView(page, post.summary)).toBe(true);
  });

  it('chooses every example of the request, and every language follows', async () => {
    const { page } = await open(`/${OPERATION}`);
    const samples = requestSamples(page);
    const button = samples.getByTestId('panel-body').locator('button[aria-haspopup=menu]');

    for (const { summary, value } of requestExamples) {
      await choose(page, button, summary);
      expect(
        JSON.parse((await samples.locator('pre').innerText()).split("--data '")[1]?.replace("'", '') ?? ''),
      ).toEqual(value);
    }
  });

  it('chooses every example of every response, and copies it', async () => {
    const { page } = await open(`/${OPERATION}`);
    const box = page.locator('.panel-response-samples');
    for (const [status, { $ref }] of Object.entries(post.responses)) {
      const { examples } = responseNamed($ref);
      await box.getByRole('button', { name: status }).click();
      for (const { summary, value } of examples) {
        const button = box.getByTestId('panel-body').locator('button[aria-haspopup=menu]', { hasText: /./ });
        if (examples.length > 1) await choose(page, button, summary);

        expect(JSON.parse(await copyFrom(page, box))).toEqual(value);
      }
    }
  });
});

describe.each(WIDTHS)('at %i pixels', (width) => {
  it('fits, in light and in dark', async () => {
    const { page, faults } = await open('/', { viewport: { width, height: 900 }, colorScheme: 'light' });

    for (const scheme of ['light', 'dark']) {
      expect(await page.evaluate<string>(`getComputedStyle(document.documentElement).colorScheme`)).toBe(scheme);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(width);
      expect(await page.evaluate<string[]>(OVERFLOWING)).toEqual([]);
      await page.screenshot({ path: join(SCREENSHOTS, `${width}-${scheme}.jpeg`), fullPage: true, quality: 80 });
      if (scheme === 'light')
        await page.evaluate(`document.querySelector('[data-testid=color-mode-switcher]').click()`);
      await page.waitForFunction(`document.documentElement.classList.contains('dark')`);
    }
    expect(faults).toEqual([]);
  });
});

/** Text that leaves the page at its right side, and is in nothing that scrolls. */
const OVERFLOWING = `[...document.querySelectorAll('body *')]
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && !each.closest('pre, [hidden], dialog:not([open])'))
  .map((each) => each.outerHTML.slice(0, 200))`;

type Page = Awaited<ReturnType<typeof open>>['page'];

async function inView(page: Page, heading: string): Promise<boolean> {
  const box = await page.locator('h2', { hasText: heading }).first().boundingBox();
  return box !== null && box.y >= 0 && box.y < 400;
}

function responseNamed(reference: string) {
  const responses: Record<string, { content: Record<string, { examples: object }> }> = bundled.components.responses;
  const media = responses[reference.replace('#/components/responses/', '')]?.content['application/json'];
  const examples: Record<string, { summary: string; value: unknown }> = { ...media?.examples };
  return { examples: Object.values(examples) };
}

/** A host that knows nothing of this project: files, by their names, under a path. */
async function startStaticHost(prefix: string): Promise<string> {
  const types: Record<string, string> = {
    '.html': 'text/html',
    '.js': 'text/javascript',
    '.css': 'text/css',
    '.svg': 'image/svg+xml',
  };
  const host = createServer(async ({ url = '' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const content = await readFile(join(SITE, pathname.replace(prefix, ''))).catch(() => undefined);
    response.writeHead(content ? 200 : 404, { 'content-type': types[extname(pathname)] ?? 'application/octet-stream' });
    response.end(content);
  });
  const listening = await listen(host.listeners('request')[0] as () => void, {
    port: 0,
    host: '127.0.0.1',
    portHint: '',
  });
  onTestFinished(async () => {
    await listening.close(0);
  });
  return `${listening.url}${prefix}`;
}
