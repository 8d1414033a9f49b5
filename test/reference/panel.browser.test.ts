// The try-it panel of the served page, in Chromium, as a reader uses it: on a tablet with the server behind it, on a phone with the mock.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { operation, requestExamples } from '../support/operation.ts';
import { axeFindings, openReference, overflowing, type Reference, SCREENSHOTS } from '../support/reference-page.ts';
import { startMockTarget, startSqliteServer, type Target } from '../support/targets.ts';

const examples = Object.values(requestExamples);

/** The third failed log-in meets the limit. */
const startServer = () => startSqliteServer({ failedLoginsPerMinute: 2 });

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
  await mkdir(SCREENSHOTS, { recursive: true });
});
afterAll(() => browser?.close());

describe.each([
  ['the server', 768, 'light', startServer],
  ['the mock', 375, 'dark', startMockTarget],
] as const)('on %s, at %i pixels', (name, width, colorScheme, start: () => Promise<Target>) => {
  let target: Target;
  let reference: Reference;
  let page: Page;
  beforeAll(async () => {
    target = await start();
    reference = await openReference(browser, target.url, { viewport: { width, height: 900 }, colorScheme });
    page = reference.page;
  });
  afterAll(async () => {
    await reference?.close();
    await target?.close();
  });

  it('opens, sends and closes by the keyboard alone', async () => {
    await page.getByRole('button', { name: 'Try it' }).focus();
    await page.keyboard.press('Enter');
    await chooseOperation(page, operation.summary);
    await page.getByLabel('Client ID').focus();
    await page.keyboard.press('Enter');
    await page.locator('#try-it-status', { hasText: '201' }).waitFor();
    await page.keyboard.press('Escape');

    expect(await page.locator('#try-it').isVisible()).toBe(false);
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('try-it-open');
  });

  it('offers this host first, then every server of the contract', async () => {
    await page.getByRole('button', { name: 'Try it' }).click();

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
    for (const { summary, value } of examples) {
      await page.getByLabel('Example').selectOption(summary);
      expect(JSON.parse(await page.getByLabel('Body', { exact: true }).inputValue())).toEqual(value);
      const answer = await send(page);

      expect(answer).toMatchObject({ status: '201 Created', advice: '' });
      expect(JSON.parse(answer.body)).toMatchObject({ owner: { id: value.ownerId } });
      expect(answer.time).toMatch(/^\d+ ms$/);
      expect(answer.headers).toMatch(/^sequence-version: 2024-07-30$/m);
    }
  });

  it('fits and keeps nobody out, open and closed, in light and in dark', async () => {
    const other = colorScheme === 'dark' ? 'light' : 'dark';
    const isDark = () => page.evaluate<boolean>(`document.documentElement.classList.contains('dark')`);
    expect(await isDark()).toBe(colorScheme === 'dark');
    for (const scheme of [colorScheme, other]) {
      if (scheme === other) {
        await page.evaluate(`document.documentElement.classList.replace('${colorScheme}', '${other}')`);
        await page.getByRole('button', { name: 'Try it' }).click();
      }
      const rules = scheme === other ? ['color-contrast'] : undefined;
      expect(await axeFindings(page, '#try-it', rules)).toEqual([]);
      expect(await overflowing(page)).toEqual([]);
      await page.screenshot({ path: join(SCREENSHOTS, `${width}-${scheme}-try-it.png`) });
      await page.getByRole('button', { name: 'Close', exact: true }).click();
      expect(await axeFindings(page, 'body', rules)).toEqual([]);
      expect(await overflowing(page)).toEqual([]);
      await page.screenshot({ path: join(SCREENSHOTS, `${width}-${scheme}.png`) });
    }
    expect(reference.faults).toEqual([]);
    await page.getByRole('button', { name: 'Try it' }).click();
  });

  it('sends what was typed, and says what to do about the error that comes of it', async () => {
    await page.getByLabel('Body', { exact: true }).fill('{"ownerId": "nobody"}');
    await page.getByText('Optional parameters').click();
    await page.getByRole('textbox', { name: 'Sequence-Version' }).fill('1999-01-01');
    const oldVersion = await send(page);
    await page.getByRole('textbox', { name: 'Sequence-Version' }).fill('');
    const { status, body, advice } = await send(page);

    expect(JSON.parse(oldVersion.body)).toMatchObject({ error: { type: 'UnrecognisedApiVersion' } });
    expect(status).toBe('400 Bad Request');
    expect(JSON.parse(body)).toMatchObject({ error: { type: 'InvalidRequest' } });
    expect(advice).toBe('The request breaks this contract. Correct every place that details lists.');
  });

  it('sends credentials in UTF-8, and keeps them nowhere', async () => {
    await page.getByLabel('Client ID').fill('schlüssel');
    await page.getByLabel('Client secret').fill('geheim-日本');
    const sent = page.waitForRequest((request) => request.method() === 'POST');
    await send(page);

    expect((await sent).headers().authorization).toBe(
      `Basic ${Buffer.from('schlüssel:geheim-日本').toString('base64')}`,
    );
    expect(await page.evaluate<string>(STORED)).not.toMatch(/geheim|schlüssel/);
    expect(JSON.stringify(await reference.context.cookies())).not.toMatch(/geheim|schl/);
  });

  it('says what wrong credentials come to, and too many of them', async () => {
    const wrong = await send(page);
    const tooMany = await send(page);

    if (name === 'the mock') {
      // It takes any credentials, so what is left is the fault in the body.
      expect([wrong.status, tooMany.status]).toEqual(['400 Bad Request', '400 Bad Request']);
      return;
    }
    expect(wrong).toMatchObject({
      status: '401 Unauthorized',
      advice: 'The credentials are missing, malformed or wrong. Check client ID and secret.',
    });
    expect(tooMany.status).toBe('429 Too Many Requests');
    expect(tooMany.advice).toMatch(/^Too many requests, or too many failed log-ins\. .*\(Retry-After: \d+\)$/);
  });

  it('says whether nobody answers, or the browser may not read the answer, and warns of the vendor', async () => {
    const warning = page.getByText('This is a service of the vendor', { exact: false });
    expect(await warning.isVisible()).toBe(false);
    await page.route('https://sandbox.sequencehq.com/**', (route) => route.abort('connectionrefused'));
    // It lets another page read it, and not this one.
    const headers = { 'access-control-allow-origin': 'https://elsewhere.example' };
    await page.route('http://localhost:3000/**', (route) => route.fulfill({ status: 201, body: '{}', headers }));
    await page.getByLabel('Base URL').selectOption('https://sandbox.sequencehq.com/api');
    const isWarned = await warning.isVisible();
    const nobody = await send(page);
    await page.getByLabel('Base URL').selectOption('http://localhost:3000/api');
    const refused = await send(page);

    expect(isWarned).toBe(true);
    expect(nobody.status).toBe('No answer');
    expect(nobody.advice).toContain('Nothing answers at https://sandbox.sequencehq.com/api.');
    expect(refused.status).toBe('Refused by CORS');
    expect(refused.advice).toContain(`started with CORS_ORIGINS=${target.url}`);
    expect(await warning.isVisible()).toBe(false);
  });

  it('says when something else answers, gives up by itself, and when the reader does', async () => {
    let answer: { status: number; body: string } | undefined = { status: 502, body: '<h1>Bad gateway</h1>' };
    await page.route(`${target.url}/api/**`, (route) => (answer ? route.fulfill(answer) : undefined));
    await page.getByLabel('Base URL').selectOption({ index: 0 });
    const foreign = await send(page);
    answer = undefined;
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    const cancelled = await shown(page);
    await page.clock.install();
    await page.getByRole('button', { name: 'Send' }).click();
    await page.clock.fastForward(30_000);
    const late = await shown(page);

    expect(foreign).toMatchObject({ status: '502 Bad Gateway', body: '<h1>Bad gateway</h1>' });
    expect(foreign.advice).toContain('not an answer of this API');
    expect(cancelled.status).toBe('Cancelled');
    expect(late.status).toBe('Time-out');
    expect(late.advice).toContain('did not answer within 30 seconds');
  });
});

const STORED = `JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])`;

/** The panel asks only where there is a choice. */
async function chooseOperation(page: Page, summary: string): Promise<void> {
  const choice = page.locator('#try-it-operation');
  if (await choice.isVisible()) await choice.selectOption(summary);
}

async function send(page: Page) {
  await page.evaluate(`document.getElementById('try-it-status').textContent = ''`);
  await page.getByRole('button', { name: 'Send' }).click();
  await page.locator('#try-it-status', { hasText: /./ }).waitFor();
  return shown(page);
}

/** What the panel shows when it has done sending. */
async function shown(page: Page) {
  await page.locator('#try-it-send:not([disabled])').waitFor();
  const [status = '', time = '', advice = '', body = '', headers = ''] = await Promise.all(
    ['status', 'time', 'advice', 'answer-body', 'headers'].map((id) => page.locator(`#try-it-${id}`).innerText()),
  );
  return { status, time, advice, body, headers };
}
