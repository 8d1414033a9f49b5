// The reference site in Chromium: rendering, navigation, search, copying and accessibility.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import bundled from '../../../generated/openapi.json' with { type: 'json' };
import { operationsOf } from '../../../openapi/model/contract.ts';
import { sampleRequests } from '../../../openapi/reference/samples/sample-requests.ts';
import { operation, responseExamplesOf } from '../../support/contract/operation.ts';
import { launchBrowser } from '../../support/reference/browser.ts';
import {
  axeViolations,
  becomesTrue,
  choose,
  copyFrom,
  inView,
  OPERATION,
  openReference,
  overflowing,
  type Reference,
  requestSamples,
  responseSamples,
  SCREENSHOTS,
  SITE,
} from '../../support/reference/reference-page.ts';
import { startSqliteServer, type Target } from '../../support/targets.ts';

/** Requests that have samples. */
const sampled = operationsOf(contract).flatMap((each) => sampleRequests(contract, each)).length;

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

describe('the page without scripts', () => {
  it('paints its text before any script arrives', async () => {
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    // Scripts never load.
    await page.route('**/assets/*.js', () => undefined);

    await page.goto(server.url, { waitUntil: 'commit' });
    await page.getByRole('heading', { name: 'Getting started' }).waitFor();
    await becomesTrue(page, `performance.getEntriesByName('first-contentful-paint').length > 0`);
  });

  it('shows all content, and no element that needs scripts, when scripts are disabled', async () => {
    const { page, problems, close } = await openReference(browser, server.url, {
      javaScriptEnabled: false,
      colorScheme: 'dark',
    });
    onTestFinished(close);

    const text = await page.locator('body').innerText();

    for (const { name } of Object.values(bundled.components.parameters)) expect(text).toContain(name);
    for (const { description } of Object.values(bundled.components.headers))
      expect(text.replace(/\s+/g, ' ')).toContain(
        description
          .replace(/\s+/g, ' ')
          .trim()
          .split(/[`[*:;]/)[0],
      );
    for (const status of Object.keys(operation.responses))
      for (const { value } of Object.values(responseExamplesOf(Number(status))))
        expect(text).toContain(JSON.stringify(value, null, 2));
    expect(await page.locator('.plain summary').allInnerTexts()).toHaveLength(8 * sampled);
    expect(await page.getByRole('button', { name: /Try it|Copy|navigation|Switch/ }).count()).toBe(0);
    expect(await page.getByText('Loading').isVisible()).toBe(false);
    expect(await page.evaluate<string>('getComputedStyle(document.documentElement).colorScheme')).toBe('dark');
    await page.getByRole('link', { name: 'Errors', exact: true }).click();
    expect(new URL(page.url()).hash).toBe('#section/errors');
    expect(await inView(page, 'Errors')).toBe(true);
    expect(problems).toEqual([]);
  });
});

it('works from the file system, with a deep link to the operation', async () => {
  const { page, problems, close } = await openReference(browser, `file://${SITE}/index.html${OPERATION}`);
  onTestFinished(close);

  await expect.poll(() => inView(page, operation.summary)).toBe(true);
  await choose(page, requestSamples(page).getByRole('button', { name: 'curl' }), 'Go');
  expect(await requestSamples(page).locator('pre').innerText()).toContain('package main');
  expect(await page.evaluate<boolean>(`document.fonts.check('15px Inter')`)).toBe(true);
  // A page in a file cannot read other files.
  expect(await page.getByRole('button', { name: /Try it|Copy as Markdown/ }).count()).toBe(0);
  expect(problems).toEqual([]);
});

it('tells screen readers that it has copied, and passes axe with each tooltip', async () => {
  const { page, close } = await openReference(browser, server.url);
  onTestFinished(close);
  const report = page.getByRole('status').and(page.getByText('Copied!', { exact: true }));

  await copyFrom(page, responseSamples(page));
  await report.waitFor();
  expect(await axeViolations(page, 'body')).toEqual([]);
  await report.waitFor({ state: 'detached' });
  await page.mouse.move(0, 0);
  await responseSamples(page).getByTestId('copy-button').first().hover();
  await page.getByText('Copy to clipboard', { exact: true }).waitFor();
  expect(await axeViolations(page, 'body')).toEqual([]);
});

describe('the page at desktop width', () => {
  let reference: Reference;
  beforeAll(async () => {
    reference = await openReference(browser, server.url, { colorScheme: 'light' });
  });
  afterAll(() => reference?.close());

  it('has title, language, description and icon', async () => {
    const { page } = reference;

    expect(await page.title()).toBe('Customer Organizations API');
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    expect(await page.locator('meta[name=description]').getAttribute('content')).toContain(operation.summary);
    const icon = await page.locator('link[rel=icon]').getAttribute('href');
    expect((await page.request.get(`${server.url}/${icon}`)).headers()['content-type']).toBe('image/svg+xml');
  });

  it('is operable with the keyboard, with a visible focus', async () => {
    const { page } = reference;
    const expected = ['Skip to content', 'Try it', 'Search Ctrl+K', 'Errors', operation.summary, 'curl', 'Copy'];

    const reached = new Map<string, string>();
    for (let presses = 0; presses < 150 && !expected.every((name) => reached.has(name)); presses++) {
      await page.keyboard.press('Tab');
      const [name = '', outline = ''] = await page.evaluate<string[]>(
        `(({ activeElement }) => [
          (activeElement.getAttribute('aria-label') || activeElement.innerText || '').split('\\n')[0].trim(),
          getComputedStyle(activeElement).outlineStyle,
        ])(document)`,
      );
      reached.set(name, outline);
    }

    expect([...reached.keys()]).toEqual(expect.arrayContaining(expected));
    expect([...reached].filter(([, outline]) => outline === 'none')).toEqual([]);
  });

  it('opens, navigates and closes a menu with the keyboard', async () => {
    const { page } = reference;
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

  it('finds the operation with its search', async () => {
    const { page } = reference;
    await page.getByRole('button', { name: 'Search' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('customer organization');
    await page.locator('[data-component-name="Search/SearchItem"]', { hasText: operation.summary }).first().click();
    await becomesTrue(page, `location.hash.includes('${OPERATION.slice(1)}')`);

    await expect.poll(() => inView(page, operation.summary)).toBe(true);
  });

  it('selects and copies every example of every response', async () => {
    const { page } = reference;
    const box = responseSamples(page);
    for (const status of Object.keys(operation.responses)) {
      const examples = Object.values(responseExamplesOf(Number(status)));
      await box.getByRole('button', { name: status }).click();
      for (const { summary, value } of examples) {
        const button = box.getByTestId('panel-body').locator('button[aria-haspopup=menu]', { hasText: /./ });
        if (examples.length > 1) await choose(page, button, summary ?? '');

        expect(JSON.parse(await copyFrom(page, box))).toEqual(value);
      }
    }
  });

  it('copies the page as Markdown, with the address of the server', async () => {
    const { page } = reference;
    await page.getByRole('button', { name: 'Copy as Markdown' }).click();
    await page.getByRole('status').getByText('Copied').waitFor();

    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(copied).toMatch(/^# Customer Organizations API\n/);
    expect(copied).toMatch(new RegExp(`curl --request POST.*\\n +--url ${server.url}/api/customer-organizations `));
    expect(copied).not.toMatch(/localhost|this-page/);
    expect(await (await page.request.get(`${server.url}/reference.md`)).text()).toBe(copied);
  });

  it('passes axe in light and dark mode, and prints in light mode', async () => {
    const { page, problems } = reference;
    const isDark = () => page.evaluate<boolean>(`document.documentElement.classList.contains('dark')`);

    expect(await axeViolations(page, 'body')).toEqual([]);
    expect(await overflowing(page)).toEqual([]);
    await page.screenshot({ path: join(SCREENSHOTS, '1440-light.png') });
    await page.getByTestId('color-mode-switcher').click();
    await expect.poll(isDark).toBe(true);
    expect(await axeViolations(page, 'body', ['color-contrast'])).toEqual([]);
    await page.screenshot({ path: join(SCREENSHOTS, '1440-dark.png') });
    await page.evaluate(`dispatchEvent(new Event('beforeprint'))`);
    expect(await isDark()).toBe(false);
    await page.evaluate(`dispatchEvent(new Event('afterprint'))`);
    expect(await isDark()).toBe(true);
    expect(problems).toEqual([]);
  });
});
