// The reference for readers with a keyboard alone or a screen reader, in Chromium.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import bundled from '../generated/openapi.json' with { type: 'json' };
import { launchBrowser } from './browser.ts';
import { openReference, requestSamples } from './reference-page.ts';
import { startSqliteServer, type Target } from './targets.ts';

const OPERATION = '#operations/createcustomerorganization';
const { post } = bundled.paths['/customer-organizations'];

let browser: Browser;
let server: Target;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startSqliteServer()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** A page that is closed with the test. */
async function open(path: string, options: Parameters<typeof openReference>[2] = {}) {
  const reference = await openReference(browser, `${server.url}${path}`, options);
  onTestFinished(() => reference.close());
  return reference;
}

it('reaches everything with the keyboard', async () => {
  const { page } = await open(`/${OPERATION}`);
  const wanted = ['Skip to the text', 'Try it', 'Errors', post.summary, 'curl', 'Copy'];

  const reached = new Set<string>();
  for (let presses = 0; presses < 150 && !wanted.every((name) => reached.has(name)); presses++) {
    await page.keyboard.press('Tab');
    reached.add(
      await page.evaluate<string>(
        `(document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || '').split('\\n')[0].trim()`,
      ),
    );
  }

  expect([...reached]).toEqual(expect.arrayContaining(wanted));
});

it('opens, walks through and closes a menu by the keyboard', async () => {
  const { page } = await open(`/${OPERATION}`);
  const language = requestSamples(page).getByRole('button', { name: /^(curl|TypeScript|Python)/ });
  const focused = page.locator(':focus');

  await language.focus();
  await page.keyboard.press('Enter');
  await focused.and(page.getByRole('menuitem', { name: 'curl' })).waitFor();
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
  await requestSamples(page).locator('pre', { hasText: 'import requests' }).waitFor();
  await focused.and(page.getByRole('button', { name: 'Python', expanded: false })).waitFor();
  await page.keyboard.press('ArrowDown');
  await focused.and(page.getByRole('menuitem', { name: 'curl' })).waitFor();
  await page.keyboard.press('Escape');

  await focused.and(page.getByRole('button', { name: 'Python', expanded: false })).waitFor();
});

it.each([
  ['on a phone', 'light', 375],
  ['on a desk', 'light', 1440],
  ['on a desk in the dark', 'dark', 1440],
] as const)('has nothing that keeps readers out, %s', async (_, colorScheme, width) => {
  const { page } = await open('/', { colorScheme, viewport: { width, height: 900 } });
  await page.getByRole('button', { name: 'Try it' }).click();
  expect(await seriousFindings(page, '#try-it')).toEqual([]);
  await page.keyboard.press('Escape');

  expect(await page.evaluate<boolean>(`document.documentElement.classList.contains('dark')`)).toBe(
    colorScheme === 'dark',
  );
  expect(await seriousFindings(page, 'body')).toEqual([]);
});

async function seriousFindings(page: Page, within: string): Promise<string[]> {
  // As an expression of the test, not as a script of the page, which the Content-Security-Policy would refuse.
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate<AxeResults>(`axe.run('${within}', { resultTypes: ['violations'] })`);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)} ${failureSummary}`),
    );
}
