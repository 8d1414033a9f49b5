// The reference in a real browser: opens it, remembers everything that must not happen while it is open, and judges how it stands there.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { vi } from 'vitest';
import { operation } from './operation.ts';
import { ROOT } from './project-copy.ts';
import type { Target } from './targets.ts';

/** As `npm run docs` built it. */
export const SITE = join(ROOT, 'generated/reference');

/** For a person to look at. */
export const SCREENSHOTS = join(ROOT, 'generated/reference-screenshots');

/** The deep link to the operation. */
export const OPERATION = `#operations/${operation.operationId.toLowerCase()}`;

export interface Reference {
  page: Page;
  context: BrowserContext;
  /** Errors and warnings of the console, errors of scripts, failed requests, and requests to other hosts. */
  faults: string[];
  close(): Promise<void>;
}

/** Resolves when the page's scripts have taken over. Only the clipboard is allowed, for the copy buttons. */
export async function openReference(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Reference> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, ...options });
  if (url.startsWith('http')) await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  const faults: string[] = [];
  const home = new URL(url);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
  page.on('requestfailed', (request) => faults.push(`failed: ${request.url()}`));
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    // `data:` and `blob:` are made by the page itself.
    if (!['data:', 'blob:'].includes(protocol) && host !== home.host) faults.push(`foreign: ${request.url()}`);
  });
  await page.goto(url);
  if (options.javaScriptEnabled !== false) await settled(page);
  return { page, context, faults, close: () => context.close() };
}

/** The search is the last that Redoc prepares. */
async function settled(page: Page): Promise<void> {
  await page.getByTestId('search-trigger').getByText('Search', { exact: false }).waitFor({ state: 'attached' });
}

/**
 * Resolves when an expression is true in the page. Playwright's own `waitForFunction` evaluates it anew inside the page, which the page's policy lets pass
 * only the first time.
 */
export async function becomesTrue(page: Page, expression: string): Promise<void> {
  await vi.waitUntil(() => page.evaluate<boolean>(expression), { timeout: 30_000 });
}

/** The section of an operation; without its name, of the one that most tests are about. */
function section(page: Page, operationId: string): Locator {
  return page.locator(`[data-section-id="/operations/${operationId.toLowerCase()}"]`);
}

/** The box beside the operation with the request in all languages. */
export function requestSamples(page: Page, operationId = operation.operationId): Locator {
  return section(page, operationId).locator('.panel-request-samples');
}

/** The box beside the operation with its answers. */
export function responseSamples(page: Page, operationId = operation.operationId): Locator {
  return section(page, operationId).locator('.panel-response-samples');
}

/** Opens the menu that this button opens, and chooses from it. */
export async function choose(page: Page, button: Locator, name: string): Promise<void> {
  await button.click();
  await page.getByRole('menuitem', { name, exact: true }).locator('visible=true').click();
}

/** Presses the copy button of a box, and gives what a reader would paste. */
export async function copyFrom(page: Page, box: Locator): Promise<string> {
  await page.evaluate('navigator.clipboard.writeText("")');
  await box.getByTestId('panel-body').getByTestId('copy-button').click();
  await becomesTrue(page, 'navigator.clipboard.readText().then((text) => text !== "")');
  return page.evaluate<string>('navigator.clipboard.readText()');
}

/** Whether the heading stands near the top of what is seen. */
export async function inView(page: Page, heading: string): Promise<boolean> {
  const box = await page.locator('h2', { hasText: heading }).first().boundingBox();
  return box !== null && box.y >= 0 && box.y < 400;
}

/** Text that leaves the page at its right side, and is in nothing that scrolls. Empty when everything fits. */
export async function overflowing(page: Page): Promise<string[]> {
  const wide = await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
  const elements = await page.evaluate<string[]>(`[...document.querySelectorAll('body *')]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && !each.closest('pre, [hidden], dialog:not([open])'))
    .map((each) => each.outerHTML.slice(0, 200))`);
  return [...(wide ? ['the page itself'] : []), ...elements];
}

/** What axe finds within an element, of any weight. As an expression of the test, since the page's policy refuses foreign scripts. */
export async function axeFindings(page: Page, within: string, rules?: string[]): Promise<string[]> {
  if (await page.evaluate<boolean>('typeof axe === "undefined"'))
    await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) };
  const { violations } = await page.evaluate<AxeResults>(`axe.run('${within}', ${JSON.stringify(options)})`);
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${impact} ${id}: ${html.slice(0, 120)} ${failureSummary}`),
  );
}

/** A host that knows nothing of this project: files, by their names, under a path, which is part of its `url`. */
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
