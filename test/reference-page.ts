// The reference in a real browser: opens it, and remembers everything that must not happen while it is open.
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';

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

/** The box beside the operation with the request in all languages. */
export function requestSamples(page: Page): Locator {
  return page.locator('.panel-request-samples');
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
  await page.waitForFunction('navigator.clipboard.readText().then((text) => text !== "")');
  return page.evaluate<string>('navigator.clipboard.readText()');
}
