// Opens the reference site in a browser, records its errors, and checks its layout and accessibility.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { vi } from 'vitest';
import { operation } from '../contract/operation.ts';
import { ROOT } from '../project-copy.ts';
import type { Target } from '../targets.ts';

/** The output of `npm run docs`. */
export const SITE = join(ROOT, 'generated/reference');

/** Screenshots for manual inspection. */
export const SCREENSHOTS = join(ROOT, 'generated/reference-screenshots');

/** The deep link to the operation. */
export const OPERATION = `#operations/${operation.operationId.toLowerCase()}`;

export interface Reference {
  page: Page;
  context: BrowserContext;
  /** Console errors and warnings, script errors, failed requests, and requests to other hosts. */
  problems: string[];
  close(): Promise<void>;
}

/** Resolves when the page's scripts are ready. Grants access to the clipboard, for the copy buttons. */
export async function openReference(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Reference> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, ...options });
  if (url.startsWith('http')) await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  const problems: string[] = [];
  const home = new URL(url);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`script: ${error.message}`));
  page.on('requestfailed', (request) => problems.push(`failed: ${request.url()}`));
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    // The page creates `data:` and `blob:` URLs itself.
    if (!['data:', 'blob:'].includes(protocol) && host !== home.host) problems.push(`other host: ${request.url()}`);
  });
  await page.goto(url);
  if (options.javaScriptEnabled !== false) await settled(page);
  return { page, context, problems, close: () => context.close() };
}

/** Redoc initializes its search last. */
async function settled(page: Page): Promise<void> {
  await page.getByTestId('search-trigger').getByText('Search', { exact: false }).waitFor({ state: 'attached' });
}

/**
 * Resolves when an expression is true in the page. Playwright's `waitForFunction` evaluates inside the page, which the
 * page's Content-Security-Policy allows only once.
 */
export async function becomesTrue(page: Page, expression: string): Promise<void> {
  await vi.waitUntil(() => page.evaluate<boolean>(expression), { timeout: 30_000 });
}

/** The section of an operation. */
function section(page: Page, operationId: string): Locator {
  return page.locator(`[data-section-id="/operations/${operationId.toLowerCase()}"]`);
}

/** The panel with the request samples of an operation. */
export function requestSamples(page: Page, operationId = operation.operationId): Locator {
  return section(page, operationId).locator('.panel-request-samples');
}

/** The panel with the response samples of the operation. */
export function responseSamples(page: Page): Locator {
  return section(page, operation.operationId).locator('.panel-response-samples');
}

/** Opens the menu of this button, and selects an item. */
export async function choose(page: Page, button: Locator, name: string): Promise<void> {
  await button.click();
  await page.getByRole('menuitem', { name, exact: true }).locator('visible=true').click();
}

/** Clicks the copy button of a panel. Resolves with the content of the clipboard. */
export async function copyFrom(page: Page, box: Locator): Promise<string> {
  await page.evaluate('navigator.clipboard.writeText("")');
  await box.getByTestId('panel-body').getByTestId('copy-button').click();
  await becomesTrue(page, 'navigator.clipboard.readText().then((text) => text !== "")');
  return page.evaluate<string>('navigator.clipboard.readText()');
}

/** Whether the heading is within the top 400 pixels of the viewport. */
export async function inView(page: Page, heading: string): Promise<boolean> {
  const box = await page.locator('h2', { hasText: heading }).first().boundingBox();
  return box !== null && box.y >= 0 && box.y < 400;
}

/** Elements that overflow the page on the right, outside scrollable elements. Empty when everything fits. */
export async function overflowing(page: Page): Promise<string[]> {
  const wide = await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
  const elements = await page.evaluate<string[]>(`[...document.querySelectorAll('body *')]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
    .filter((each) => !each.closest('pre, [hidden], dialog:not([open])'))
    .map((each) => each.outerHTML.slice(0, 200))`);
  return [...(wide ? ['the page itself'] : []), ...elements];
}

/** Violations that axe reports within an element. axe is evaluated, because the page's policy blocks other scripts. */
export async function axeViolations(page: Page, within: string, rules?: string[]): Promise<string[]> {
  if (await page.evaluate<boolean>('typeof axe === "undefined"'))
    await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) };
  const { violations } = await page.evaluate<AxeResults>(`axe.run('${within}', ${JSON.stringify(options)})`);
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${impact} ${id}: ${html.slice(0, 120)} ${failureSummary}`),
  );
}

/** A generic static host that serves the site under a path prefix. The prefix is part of its `url`. */
export async function startStaticHost(prefix: string): Promise<Target> {
  const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
  const host = createServer(async ({ url = '' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const content = await readFile(join(SITE, pathname.replace(prefix, ''))).catch(() => undefined);
    const type = pathname.endsWith('.svg') ? 'image/svg+xml' : types[extname(pathname)];
    response.writeHead(content ? 200 : 404, { 'content-type': type ?? 'application/octet-stream' });
    response.end(content);
  });
  await new Promise<void>((settle) => host.listen(0, '127.0.0.1', settle));
  const { port } = host.address() as AddressInfo; // It listens on a port, not on a pipe.
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    close: async () => {
      host.closeAllConnections();
      await new Promise((settle) => host.close(settle));
    },
  };
}
