// The try-it panel of the served page, in Chromium: at tablet width on the server, at phone width on the mock.
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { contract } from '../../generated/contract.ts';
import { createdExamples, operation, requestExamples } from '../support/contract/operation.ts';
import { withoutGenerated } from '../support/contract/organization.ts';
import { launchBrowser } from '../support/reference/browser.ts';
import {
  axeViolations,
  openReference,
  overflowing,
  type Reference,
  requestSamples,
  SCREENSHOTS,
} from '../support/reference/reference-page.ts';
import { startMockTarget, startSqliteServer, type Target } from '../support/targets.ts';

const examples = Object.entries(requestExamples);

/** The third failed login is rate-limited. */
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

  it('opens, sends and closes with the keyboard', async () => {
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

  it('has code samples with the address of the page', async () => {
    const samples = (await page.locator('#redoc pre').allTextContents()).join('\n');

    expect(samples).toContain(`--url ${target.url}/api/customer-organizations`);
    expect(samples).not.toContain('localhost:3000');

    const own = requestSamples(page);
    // The page closes an open menu when it scrolls, which it may still do after it was loaded.
    await vi.waitFor(async () => {
      await own.getByRole('button', { name: 'curl' }).first().click();
      // With several operations, the menu may open outside the viewport.
      await page.getByRole('menuitem', { name: 'Python' }).dispatchEvent('click', {}, { timeout: 2000 });
    }, 20_000);
    const python = own.locator('pre', { hasText: 'import requests' });
    await python.waitFor();
    expect(await python.textContent()).toContain(`"${target.url}/api/customer-organizations"`);
  });

  it('lists this host first, then the servers of the vendor', async () => {
    await page.getByRole('button', { name: 'Try it' }).click();

    const offered = await page.getByLabel('Base URL').locator('option').allInnerTexts();

    expect(offered[0]).toBe(`This host: ${target.url}/api`);
    expect(offered.slice(1).map((text) => text.replace(/^.*: (?=http)/, ''))).toEqual([
      'https://eu.sequencehq.com/api',
      'https://sandbox.sequencehq.com/api',
    ]);
  });

  it('sends each example, and shows status, headers, body and duration', async () => {
    for (const [name, { summary, value }] of examples) {
      await page.getByLabel('Example').selectOption(summary);
      expect(JSON.parse(await page.getByLabel('Body', { exact: true }).inputValue())).toEqual(value);
      const response = await send(page);

      expect(response).toMatchObject({ status: '201 Created', advice: '' });
      expect(withoutGenerated(JSON.parse(response.body))).toEqual(withoutGenerated(createdExamples[name]?.value ?? {}));
      expect(response.time).toMatch(/^\d+ ms$/);
      expect(response.headers).toMatch(new RegExp(`^sequence-version: ${contract.info.version}$`, 'm'));
    }
  });

  it('fits the width and passes axe, open and closed, in light and dark mode', async () => {
    const other = colorScheme === 'dark' ? 'light' : 'dark';
    const isDark = () => page.evaluate<boolean>(`document.documentElement.classList.contains('dark')`);
    expect(await isDark()).toBe(colorScheme === 'dark');
    for (const scheme of [colorScheme, other]) {
      if (scheme === other) {
        await page.evaluate(`document.documentElement.classList.replace('${colorScheme}', '${other}')`);
        await page.getByRole('button', { name: 'Try it' }).click();
      }
      const rules = scheme === other ? ['color-contrast'] : undefined;
      expect(await axeViolations(page, '#try-it', rules)).toEqual([]);
      expect(await overflowing(page)).toEqual([]);
      await page.screenshot({ path: join(SCREENSHOTS, `${width}-${scheme}-try-it.png`) });
      await page.getByRole('button', { name: 'Close', exact: true }).click();
      expect(await axeViolations(page, 'body', rules)).toEqual([]);
      expect(await overflowing(page)).toEqual([]);
      await page.screenshot({ path: join(SCREENSHOTS, `${width}-${scheme}.png`) });
    }
    expect(reference.problems).toEqual([]);
    await page.getByRole('button', { name: 'Try it' }).click();
  });

  it('sends the edited request, and shows advice for its error', async () => {
    await page.getByLabel('Body', { exact: true }).fill('{"ownerId": "nobody"}');
    await page.getByText('Optional parameters').click();
    await page.getByRole('textbox', { name: 'Sequence-Version' }).fill('1999-01-01');
    const oldVersion = await send(page);
    await page.getByRole('textbox', { name: 'Sequence-Version' }).fill('');
    const { status, body, advice } = await send(page);

    expect(JSON.parse(oldVersion.body)).toMatchObject({ error: { type: 'UnrecognisedApiVersion' } });
    expect(status).toBe('400 Bad Request');
    expect(JSON.parse(body)).toMatchObject({ error: { type: 'InvalidRequest' } });
    expect(advice).toBe('The request violates this contract. Correct each place in details.');
  });

  it('sends credentials in UTF-8, and stores them nowhere', async () => {
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

  it('shows advice for wrong credentials, and for too many failed logins', async () => {
    const wrong = await send(page);
    const tooMany = await send(page);

    if (name === 'the mock') {
      // The mock accepts any credentials, so the invalid body is reported.
      expect([wrong.status, tooMany.status]).toEqual(['400 Bad Request', '400 Bad Request']);
      return;
    }
    expect(wrong).toMatchObject({
      status: '401 Unauthorized',
      advice: 'The credentials are missing, malformed or wrong. Check client ID and secret.',
    });
    expect(tooMany.status).toBe('429 Too Many Requests');
    expect(tooMany.advice).toMatch(/^Too many requests, or too many failed logins\. .*\(Retry-After: \d+\)$/);
  });

  it('distinguishes connection errors from CORS errors, and warns about the production API', async () => {
    const warning = page.getByText('This is a server of the vendor', { exact: false });
    expect(await warning.isVisible()).toBe(false);
    await page.route('https://sandbox.sequencehq.com/**', (route) => route.abort('connectionrefused'));
    // The server allows another origin only.
    const headers = { 'access-control-allow-origin': 'https://elsewhere.example' };
    await page.route('https://eu.sequencehq.com/**', (route) => route.fulfill({ status: 201, body: '{}', headers }));
    await page.getByLabel('Base URL').selectOption('https://sandbox.sequencehq.com/api');
    const isWarned = await warning.isVisible();
    const unreachable = await send(page);
    await page.getByLabel('Base URL').selectOption('https://eu.sequencehq.com/api');
    const rejected = await send(page);

    expect(isWarned).toBe(true);
    expect(unreachable.status).toBe('No response');
    expect(unreachable.advice).toContain('https://sandbox.sequencehq.com/api is not reachable.');
    expect(rejected.status).toBe('Blocked by CORS');
    expect(rejected.advice).toContain(`started with CORS_ORIGINS=${target.url}`);
    await page.getByLabel('Base URL').selectOption({ index: 0 });
    expect(await warning.isVisible()).toBe(false);
  });

  it('reports a response of another service, a cancellation, and a timeout', async () => {
    let fulfilment: { status: number; body: string } | undefined = { status: 502, body: '<h1>Bad gateway</h1>' };
    await page.route(`${target.url}/api/**`, (route) => (fulfilment ? route.fulfill(fulfilment) : undefined));
    await page.getByLabel('Base URL').selectOption({ index: 0 });
    const otherService = await send(page);
    fulfilment = undefined;
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    const cancelled = await shown(page);
    await page.clock.install();
    await page.getByRole('button', { name: 'Send' }).click();
    await page.clock.fastForward(30_000);
    const timedOut = await shown(page);

    expect(otherService).toMatchObject({ status: '502 Bad Gateway', body: '<h1>Bad gateway</h1>' });
    expect(otherService.advice).toContain('not a response of this API');
    expect(cancelled.status).toBe('Cancelled');
    expect(timedOut.status).toBe('Timeout');
    expect(timedOut.advice).toContain('did not respond within 30 seconds');
  });
});

it('names the address of the browser, behind a proxy that the server knows nothing of', async () => {
  const target = await startMockTarget();
  const proxy = createServer(async ({ url = '' }, response) => {
    const { status, headers, body } = await fetch(target.url + url.replace('/docs/', '/'));
    response.writeHead(status, { 'content-type': headers.get('content-type') ?? '' });
    response.end(Buffer.from(await new Response(body).arrayBuffer()));
  });
  await new Promise<void>((settle) => proxy.listen(0, '127.0.0.1', settle));
  const { port } = proxy.address() as AddressInfo; // It listens on a port, not on a pipe.
  const url = `http://127.0.0.1:${port}/docs/`;
  const reference = await openReference(browser, url);
  try {
    const shown = (await reference.page.locator('#redoc').textContent()) ?? '';

    expect(shown).toContain(`--url ${url}api/customer-organizations`);
    expect(shown).toContain(`${url}api/customer-organizations`);
    expect(shown).not.toContain(new URL(target.url).host);
    expect(reference.problems).toEqual([]);
  } finally {
    await reference.close();
    proxy.closeAllConnections();
    proxy.close();
    await target.close();
  }
});

const STORED = `JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])`;

/** The panel has a menu only when the contract has several operations. */
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

/** The content of the panel after sending. */
async function shown(page: Page) {
  await page.locator('#try-it-send:not([disabled])').waitFor();
  const [status = '', time = '', advice = '', body = '', headers = ''] = await Promise.all(
    ['status', 'time', 'advice', 'response-body', 'headers'].map((id) => page.locator(`#try-it-${id}`).innerText()),
  );
  return { status, time, advice, body, headers };
}
