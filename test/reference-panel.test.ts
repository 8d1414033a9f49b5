// The try-it panel of the served page, in Chromium, as a reader uses it.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import bundled from '../generated/openapi.json' with { type: 'json' };
import { launchBrowser } from './browser.ts';
import { openReference } from './reference-page.ts';
import { startMockTarget, startSqliteServer, type Target } from './targets.ts';

const { post } = bundled.paths['/customer-organizations'];
const examples = Object.values(post.requestBody.content['application/json'].examples);

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

describe.each([
  ['the server', startSqliteServer],
  ['the mock', startMockTarget],
])('on %s', (_, start: () => Promise<Target>) => {
  let target: Target;
  beforeAll(async () => {
    target = await start();
  });
  afterAll(() => target?.close());

  async function openPanel() {
    const reference = await openReference(browser, target.url);
    onTestFinished(() => reference.close());
    await reference.page.getByRole('button', { name: 'Try it' }).click();
    return reference;
  }

  it('offers this host first, then every server of the contract', async () => {
    const { page } = await openPanel();

    const offered = await page.getByLabel('Base URL').locator('option').allInnerTexts();

    expect(offered[0]).toBe(`This host: ${target.url}/api`);
    expect(offered.slice(1).map((text) => text.replace(/^.*: (?=http)/, ''))).toEqual([
      'https://eu.sequencehq.com/api',
      'https://sandbox.sequencehq.com/api',
      'http://localhost:3000/api',
      'http://localhost:4010/api',
    ]);
  });

  it('sends each example, and shows status, headers, body and time', async () => {
    const { page, faults } = await openPanel();

    for (const { summary, value } of examples) {
      await page.getByLabel('Example').selectOption(summary);
      expect(JSON.parse(await page.getByLabel('Body', { exact: true }).inputValue())).toEqual(value);
      const answer = await send(page);

      expect(answer.status).toBe('201 Created');
      expect(JSON.parse(answer.body)).toMatchObject({ owner: { id: value.ownerId } });
      expect(answer.time).toMatch(/^\d+ ms$/);
      expect(answer.headers).toMatch(/^sequence-version: 2024-07-30$/m);
    }
    expect(faults).toEqual([]);
  });

  it('sends what was typed, and shows the error that comes of it', async () => {
    const { page } = await openPanel();
    await page.getByLabel('Body', { exact: true }).fill('{"ownerId": "nobody"}');

    const { status, body } = await send(page);

    expect(status).toBe('400 Bad Request');
    expect(JSON.parse(body)).toMatchObject({ error: { type: 'InvalidRequest' } });
  });

  it('sends credentials in UTF-8, and keeps them nowhere', async () => {
    const { page, context } = await openPanel();
    await page.getByLabel('Client ID').fill('schlüssel');
    await page.getByLabel('Client secret').fill('geheim-日本');
    const sent = page.waitForRequest((request) => request.method() === 'POST');
    await send(page);

    expect((await sent).headers().authorization).toBe(
      `Basic ${Buffer.from('schlüssel:geheim-日本').toString('base64')}`,
    );
    expect(await page.evaluate<string>(STORED)).not.toMatch(/geheim|schlüssel/);
    expect(JSON.stringify(await context.cookies())).not.toMatch(/geheim|schl/);
    await page.reload();
    await page.getByRole('button', { name: 'Try it' }).click();
    expect(await page.getByLabel('Client secret').inputValue()).toBe('secret');
  });

  it('says when nothing answers, and that a service of the vendor is another matter', async () => {
    const { page } = await openPanel();
    const warning = page.getByText('This is a service of the vendor', { exact: false });
    expect(await warning.isVisible()).toBe(false);
    await page.route('https://sandbox.sequencehq.com/**', (route) => route.abort());
    await page.getByLabel('Base URL').selectOption('https://sandbox.sequencehq.com/api');

    const { status, body } = await send(page);

    expect(await warning.isVisible()).toBe(true);
    expect(status).toBe('No answer');
    expect(body).toContain('https://sandbox.sequencehq.com/api did not answer');
  });

  it('opens, sends and closes by the keyboard alone', async () => {
    const reference = await openReference(browser, target.url);
    onTestFinished(() => reference.close());
    const { page } = reference;
    await page.getByRole('button', { name: 'Try it' }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Client ID').focus();
    await page.keyboard.press('Enter');
    await page.locator('#try-it-status', { hasText: '201' }).waitFor();
    await page.keyboard.press('Escape');

    expect(await page.locator('#try-it').isVisible()).toBe(false);
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('try-it-open');
  });
});

const STORED = `JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])`;

async function send(page: Page) {
  const answered = page.locator('#try-it-send:not([disabled])');
  await page.evaluate(`document.getElementById('try-it-status').textContent = ''`);
  await page.getByRole('button', { name: 'Send' }).click();
  await page.locator('#try-it-status', { hasText: /./ }).waitFor();
  await answered.waitFor();
  await page.getByText('Headers', { exact: true }).last().click();
  const [status = '', time = '', body = '', headers = ''] = await Promise.all(
    ['status', 'time', 'answer-body', 'headers'].map((id) => page.locator(`#try-it-${id}`).textContent()),
  ).then((texts) => texts.map((text) => text ?? ''));
  return { status, time, body, headers };
}
