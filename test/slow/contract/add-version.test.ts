// Follows the guide to add a version, and adds a third one: clients of the first version get the same responses as
// before.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { FIRST, SECOND, THIRD, type VersionGuide } from '../../support/contract/version-guide.ts';
import { DEMO, exchange } from '../../support/http/http.ts';
import { spawnMock } from '../../support/process/mock-process.ts';
import type { ProjectCopy } from '../../support/project-copy.ts';
import { launchBrowser } from '../../support/reference/browser.ts';
import { axeViolations, openReference, overflowing } from '../../support/reference/reference-page.ts';
import { threeClients, twoClients } from './versions/client-programs.ts';
import { MEMBER, OWNER, UNKNOWN } from './versions/first-requests.ts';
import { VersionedProject } from './versions/versioned-project.ts';
import { WRONG_MODULES } from './versions/wrong-modules.ts';

let copy: VersionedProject;
let project: ProjectCopy;
let guide: VersionGuide;
/** The responses to clients of the first version when it was the only one. */
let before: Awaited<ReturnType<VersionedProject['recordFirst']>>;

beforeAll(async () => {
  copy = await VersionedProject.create();
  ({ project, guide } = copy);
  before = await copy.recordFirst('before');
});
afterAll(() => project?.[Symbol.asyncDispose]());

const create = (url: string, version: string, body: object, headers = {}) =>
  exchange(url, {
    headers: { authorization: DEMO, 'content-type': 'application/json', 'sequence-version': version, ...headers },
    body,
  });

describe('a second version', () => {
  it('compiles when every step of the guide is done, and not before', async () => {
    await guide.addOperations();
    await guide.changeContract();
    const generated = await copy.generate();
    const withoutHandlers = await copy.checkTypes();
    await guide.changeHandlers();
    const withoutConversions = await copy.checkTypes();
    await guide.addConversions();
    const unlisted = await copy.checkTypes();
    await guide.listConversions();
    const complete = await copy.checkTypes({ withTests: true });

    expect(generated.code, generated.stderr).toBe(0);
    expect(withoutHandlers.stdout).toMatch(/server\/api\/handlers\.ts.* error TS/);
    expect(withoutHandlers.stdout).toMatch(/mock\/core\/default-responses\.ts.* error TS/);
    for (const { stdout } of [withoutConversions, unlisted]) {
      expect(stdout).toMatch(/^server\/versions\/index\.ts\(\d+,\d+\): error TS2322/);
      expect(stdout.match(/error TS/g)).toHaveLength(1);
    }
    expect(complete).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('does not compile with a wrong module, and the compiler says what is wrong', async () => {
    const module = await readFile(join(project.path, `server/versions/${SECOND}.ts`), 'utf8');
    const wrong = WRONG_MODULES.map(([what, search, replacement, reason], index) => {
      const changed = module.replace(search, replacement);
      expect(changed, what).not.toBe(module);
      return { what, reason, changed, name: `server/versions/wrong-${index}.ts` };
    });
    for (const { name, changed } of wrong) await copy.write(name, changed);

    const { stdout } = await copy.checkTypes();
    for (const { name } of wrong) await rm(join(project.path, name));

    const errors = new Map(
      stdout.split(/^(?=\S+\(\d+,\d+\): error TS)/m).map((each) => [each.slice(0, each.indexOf('(')), each]),
    );
    for (const { what, name, reason } of wrong) expect(errors.get(name), what).toContain(reason);
    expect([...errors.keys()].sort()).toEqual(wrong.map(({ name }) => name).sort());
  });

  it('does not start with a module whose mistakes the compiler cannot see', async () => {
    const file = `server/versions/${SECOND}.ts`;
    const module = await readFile(join(project.path, file), 'utf8');
    await project.edit(file, "{ '/customerIds': '/memberIds', '/currency': '' }", () => 'JSON.parse("{}")');
    await project.edit(
      file,
      '{ id, owner, ...body }',
      () => 'JSON.parse(JSON.stringify({ id, owner, parent: owner, ...body }))',
    );

    const compiled = await copy.checkTypes();
    const started = await project.node('--require', './server/require-node.cjs', 'mock/main.ts', '--port', '0');
    await copy.write(file, module);

    expect(compiled).toEqual({ code: 0, stdout: '', stderr: '' });
    expect([started.code, started.stdout]).toEqual([1, '']);
    const pointer = (name: string) =>
      `${file}: \`pointers\` of createCustomerOrganization: ${FIRST} has no body "${name}". Add "${name}".`;
    expect(started.stderr.trimEnd().split('\n')).toEqual([
      pointer('/currency'),
      pointer('/customerIds'),
      `${file}: \`downgradeResponse\` of createCustomerOrganization returns "/parent" with 201, ` +
        `which ${FIRST} does not have.`,
    ]);
  });

  it('leaves clients of the first one byte for byte what they got, on server and mock', async () => {
    expect(await copy.recordFirst('after')).toEqual(before);
  });

  it('has its own shapes, and shares idempotency keys and customers with the first', async () => {
    const server = await copy.startServer();
    onTestFinished(server.close);
    const key = { 'idempotency-key': 'shared' };
    const older = { ownerId: OWNER, memberIds: [MEMBER] };
    const newer = { ownerId: OWNER, customerIds: [MEMBER], currency: 'EUR' };

    const responses = [
      await create(server.url, FIRST, older, key),
      await create(server.url, SECOND, newer, key),
      await create(server.url, SECOND, { ...newer, customerIds: [] }, key),
      await create(server.url, SECOND, { ...newer, currency: 'USD' }, key),
      await create(server.url, SECOND, { ...newer, customerIds: [UNKNOWN] }),
      // A key that was used before the release replays after it.
      await create(server.url, SECOND, newer, { 'idempotency-key': 'before-1' }),
      await exchange(server.url, { method: 'GET', path: '/api/customers', headers: { authorization: DEMO } }),
    ];

    expect(responses.map(({ status }) => status)).toEqual([201, 201, 409, 409, 400, 201, 200]);
    expect(responses.map(({ headers }) => headers['idempotency-replayed'])).toEqual([
      ...[undefined, 'true', undefined, undefined, undefined, 'true', undefined],
    ]);
    const [first, second] = responses.map(({ body }) => body as Record<string, unknown>);
    expect(second).toEqual({ id: first?.id, parent: first?.owner, members: first?.members });
    expect(responses[4]?.text).toContain('"pointer":"/customerIds/0"');
  });

  it('has clients of both versions, each with its types and its validators', async () => {
    const server = await copy.startServer();
    onTestFinished(server.close);

    const { compiled, ran } = await copy.runClients(server.url, twoClients);

    expect(compiled).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(ran.code, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout)).toEqual({
      names: ['FinTech Solutions Inc.', 'FinTech Solutions Inc.'],
      customers: 1,
      pointers: ['/memberIds/0'],
      versions: [FIRST, SECOND, SECOND, FIRST],
      newest: 'function',
    });
  }, 60_000);

  it('conforms beside the first, on server and mock', async () => {
    const [server, mock] = [await copy.startServer(), await spawnMock(project.path)];
    onTestFinished(() => Promise.all([server.close(), mock.close()]).then(() => undefined));

    expect(await copy.testConformance(server.url, false)).toEqual({ [FIRST]: [], [SECOND]: [] });
    expect(await copy.testConformance(mock.url, true)).toEqual({ [FIRST]: [], [SECOND]: [] });
  });

  it('gets the same from the mock in a browser as from the mock server, like the first', async () => {
    const { differences, statuses } = await copy.runMocks(FIRST, SECOND);

    expect(differences).toEqual([]);
    // Only the second one has an operation that responds with 200.
    expect(statuses).toEqual({
      [FIRST]: [201, 400, 401, 404, 405, 409, 415, 429],
      [SECOND]: [200, 201, 400, 401, 404, 405, 409, 415, 429],
      '2023-01-01': [400, 401, 404, 405],
    });
  }, 60_000);

  it('is released into a file of its own', async () => {
    const released = await copy.release();

    expect(released.code, released.stdout + released.stderr).toBe(0);
    expect(released.stdout).toContain(`openapi/versions/${SECOND}.yaml`);
    expect(await readFile(join(project.path, `openapi/versions/${SECOND}.yaml`), 'utf8')).toBe(
      await readFile(join(project.path, 'openapi/openapi.yaml'), 'utf8'),
    );
    expect((await copy.generate()).stdout).toContain('up to date');
  });
});

describe('a third version', () => {
  it('compiles with its handlers and its module', async () => {
    await guide.changeContractAgain();
    const generated = await copy.generate();
    await guide.convertAgain();

    expect(generated.code, generated.stderr).toBe(0);
    expect(await copy.checkTypes({ withTests: true })).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('leaves clients of the first one byte for byte what they got, on server and mock', async () => {
    expect(await copy.recordFirst('third')).toEqual(before);
  });

  it('is the default of a client, beside both others', async () => {
    const server = await copy.startServer();
    onTestFinished(server.close);

    const { compiled, ran } = await copy.runClients(server.url, threeClients);

    expect(compiled).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(ran.code, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout)).toEqual({
      names: Array(3).fill('FinTech Solutions Inc.'),
      versions: [FIRST, SECOND, THIRD],
    });
  }, 60_000);

  it('gets the same from the mock in a browser as from the mock server, like both others', async () => {
    expect((await copy.runMocks(FIRST, SECOND, THIRD)).differences).toEqual([]);
  }, 60_000);

  it('gets the same from the browser mock as from the server for the parity corpus, like both others', async () => {
    const found = await copy.runCorpus();

    expect(Object.keys(found)).toEqual([FIRST, SECOND, THIRD]);
    for (const [version, { differences, statuses }] of Object.entries(found)) {
      expect(differences, version).toEqual([]);
      expect(statuses[201], version).toBeGreaterThan(30);
      expect(statuses[400], version).toBeGreaterThan(60);
    }
  }, 120_000);

  it('conforms beside both others', async () => {
    const server = await copy.startServer();
    onTestFinished(server.close);

    expect(await copy.testConformance(server.url, false)).toEqual({ [FIRST]: [], [SECOND]: [], [THIRD]: [] });
  });

  describe('on the reference site', () => {
    const site = (name: string) => readFile(join(project.path, 'generated/reference', name), 'utf8');
    const older = (version: string) => `versions/${version}`;
    const versionsIn = (markdown: string) => new Set(markdown.match(/(?<=Sequence-Version: )\d{4}-\d\d-\d\d/g));

    beforeAll(async () => {
      await project.edit(`openapi/versions/${FIRST}.yaml`, /$/, () =>
        ['x-deprecation:', '  deprecatedAt: "2026-01-31"', '  sunsetAt: "2027-01-31"', ''].join('\n'),
      );
      const built = await project.node('openapi/reference/build/main.ts');
      expect(built.code, built.stderr).toBe(0);
    }, 120_000);

    it('has a page, a Markdown twin and a contract of its own, with samples that send it', async () => {
      expect(JSON.parse(await site(`${older(FIRST)}/openapi.json`)).info.version).toBe(FIRST);
      expect(JSON.parse(await site(`${older(SECOND)}/openapi.json`)).info.version).toBe(SECOND);
      expect(JSON.parse(await site('openapi.json')).info.version).toBe(THIRD);
      expect(versionsIn(await site('reference.md'))).toEqual(new Set([THIRD]));
      expect(versionsIn(await site(`${older(SECOND)}/reference.md`))).toEqual(new Set([SECOND]));
      expect(await site(`${older(FIRST)}/reference.md`)).toContain('`memberIds`');
      expect(await site('reference.md')).not.toContain('`memberIds`');
      expect(await site('llms.txt')).toContain(`[${FIRST}](versions/${FIRST}/llms.txt): an older version, deprecated`);
    });

    it('has an address of the newest version that it keeps', async () => {
      const browser = await launchBrowser();
      onTestFinished(() => browser.close());
      const context = await browser.newContext();
      const page = await context.newPage();
      const server = await copy.startServer();
      onTestFinished(server.close);

      await page.goto(`${server.url}/${older(THIRD)}`);
      await page.waitForURL(`${server.url}/`);
      expect(await site(`${older(THIRD)}/index.html`)).toContain('content="0; url=../../index.html"');
    }, 60_000);

    it('has every change that the gate finds in its changelog, but for the list of versions', async () => {
      const text = await site('changelog.md');
      const compare = (...versions: string[]) =>
        project.node('openapi/breaking-changes/main.ts', '--changelog', ...versions);
      const [toSecond, toThird] = [await compare(FIRST, SECOND), await compare(SECOND, 'openapi/openapi.yaml')];
      const changes = [toSecond, toThird]
        .flatMap(({ stdout }) => [...stdout.matchAll(/^- [\w ]+: (.*) \(`.*`\)$/gm)].map(([, message = '']) => message))
        .filter((message) => !message.startsWith('The version '));

      expect(changes.length).toBeGreaterThan(7);
      expect(changes.filter((message) => !text.includes(`\n- ${message}`))).toEqual([]);
    });

    it('can be read, chosen and tried in a browser', async () => {
      const [server, browser] = [await copy.startServer(), await launchBrowser()];
      onTestFinished(() => Promise.all([server.close(), browser.close()]).then(() => undefined));
      const { page, problems } = await openReference(browser, `${server.url}/`);
      const summary = page.locator('#versions summary');

      await summary.focus();
      await page.keyboard.press('Enter');
      expect(await axeViolations(page, 'body')).toEqual([]);
      expect(await overflowing(page)).toEqual([]);
      await page.keyboard.press('Escape');
      expect(await page.locator('#versions[open]').count()).toBe(0);
      await summary.click();
      await page.getByRole('link', { name: `${FIRST} deprecated` }).click();
      await page
        .getByRole('complementary', { name: 'Version' })
        .getByText('deprecated as of 31 January 2026')
        .waitFor();
      expect(new URL(page.url()).pathname).toBe(`/versions/${FIRST}/`);
      await page.getByRole('button', { name: 'Try it' }).click();
      await page.getByRole('button', { name: 'Send' }).click();
      await page.locator('#try-it-status', { hasText: '201' }).waitFor();
      expect(await page.locator('#try-it-headers').textContent()).toContain(`sequence-version: ${FIRST}`);
      await page.getByRole('button', { name: 'Close' }).click();
      await page.getByRole('link', { name: 'what has changed since' }).click();
      await page.getByRole('heading', { name: SECOND }).waitFor();
      expect(await axeViolations(page, 'body')).toEqual([]);
      expect(await overflowing(page)).toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      await page.locator('#versions summary').click();
      expect(await overflowing(page)).toEqual([]);
      await page.getByRole('link', { name: `${THIRD} newest` }).click();
      await page.locator('#versions summary', { hasText: THIRD }).waitFor();
      expect(await overflowing(page)).toEqual([]);
      expect(problems).toEqual([]);
    }, 120_000);

    it('works without scripts and from files', async () => {
      const browser = await launchBrowser();
      onTestFinished(() => browser.close());
      const file = pathToFileURL(join(project.path, 'generated/reference/index.html')).href;
      const { page, problems } = await openReference(browser, file, { javaScriptEnabled: false });

      await page.locator('#versions summary').click();
      await page.getByRole('link', { name: SECOND }).click();
      await page.getByText(`Version ${SECOND}.`).waitFor();
      await page.getByRole('link', { name: 'what has changed since' }).click();
      await page.getByRole('heading', { name: THIRD }).waitFor();

      expect(problems).toEqual([]);
    }, 60_000);
  });
});
