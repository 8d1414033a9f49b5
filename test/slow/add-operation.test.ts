// Follows the guide to add an operation, one with a path parameter.
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Contract } from '../../openapi/model/contract.ts';
import manifest from '../../package.json' with { type: 'json' };
import { createSuite, runSuite } from '../conformance/suite.ts';
import { SUBJECT } from '../conformance/tests/subject.ts';
import { launchBrowser } from '../support/browser.ts';
import { DEMO } from '../support/http.ts';
import { copyProject, type ProjectCopy } from '../support/project-copy.ts';
import { readExample } from '../support/readme.ts';
import { openReference, requestSamples } from '../support/reference-page.ts';
import { startServerProcess } from '../support/server-process.ts';

const GUIDE = 'openapi/README.md';
const OPERATION_ID = 'getCustomerOrganization';
const EXAMPLE_ID = '0190ff7e-3b1c-7d52-9c0e-4a6f8b2d1e35';
const OTHER_ID = '0190ff7e-3b1c-7d52-9c0e-4a6f8b2d1e36';

/** The folders whose tests read the contract. */
const CONTRACT_TEST_FOLDERS = ['contract', 'edge', 'mock', 'client', 'reference', 'conformance'];

let project: ProjectCopy;
let contract: Contract;

beforeAll(async () => {
  project = await copyProject({ withTests: true });
  // Follows the guide literally.
  const operation = await readExample(GUIDE, 'yaml', 'getCustomerOrganization');
  await edit(
    'openapi/openapi.yaml',
    '# Responses to requests that reach no operation, by status. OpenAPI has no place for them, hence the extension. They',
    (found) => operation + found,
  );
  const generated = await project.node('openapi/generator/generate.ts');
  if (generated.code !== 0) throw new Error(generated.stderr);
  contract = JSON.parse(await readFile(join(project.path, 'generated/openapi.json'), 'utf8'));
}, 120_000);
afterAll(() => project?.[Symbol.asyncDispose]());

/** Replaces a text in a file. */
async function edit(name: string, text: string, change: (found: string) => string): Promise<void> {
  const file = join(project.path, name);
  const before = await readFile(file, 'utf8');
  if (!before.includes(text)) throw new Error(`${name} has no ${JSON.stringify(text)}.`);
  await writeFile(file, before.replace(text, change));
}

const checkTypes = () => project.node('node_modules/typescript-7/bin/tsc', '--project', '.');

/** Runs the conformance suite. Returns its violations, and the number of cases of the new operation. */
async function runConformance(url: string) {
  const options = { contract, subject: { ...SUBJECT, url }, seed: 1, combinations: 20 };
  const outcomes = await runSuite(options);
  const ours = outcomes.filter((each) => JSON.stringify(each.case).includes('getCustomerOrganization'));
  return { violations: outcomes.flatMap(({ violations }) => violations), cases: ours.length };
}

describe('an added operation', () => {
  it('passes the lint', async () => {
    const ran = await project.node('node_modules/@redocly/cli/bin/cli.js', 'lint', 'openapi/openapi.yaml');

    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  }, 60_000);

  it('is covered by more than ten derived cases', () => {
    const { cases } = createSuite({ contract, subject: SUBJECT, seed: 1, combinations: 0 });
    const text = cases.map((each) => JSON.stringify(each)).filter((each) => each.includes('getCustomerOrganization'));

    expect(text.length).toBeGreaterThan(10);
    expect(text.filter((each) => each.includes('organizationId')).length).toBeGreaterThan(0);
  });

  it('appears on the reference site', async () => {
    const ran = await project.node('openapi/reference/build/main.ts');

    expect(ran.code, ran.stderr).toBe(0);
    const page = await readFile(join(project.path, 'generated/reference/index.html'), 'utf8');
    expect(page).toContain('Read a customer organization');
    expect(page).toContain('organizationId');
  }, 60_000);

  it('is mocked with its example, and refused when it violates the contract', async () => {
    const mock = await startMock();
    onTestFinished(() => mock.close());
    const read = (id: string) =>
      fetch(`${mock.url}/customer-organizations/${id}`, { headers: { authorization: DEMO } });

    const [response, refusal, unknownPath] = await Promise.all([read(EXAMPLE_ID), read('invalid'), read('%zz')]);

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ owner: { name: 'FinTech Solutions Inc.' }, members: [] });
    expect(refusal.status).toBe(400);
    expect(await refusal.json()).toMatchObject({ error: { type: 'InvalidRequest', details: [{ in: 'path' }] } });
    expect(unknownPath.status).toBe(404);
  }, 60_000);

  it('fails to compile without a handler, and conforms with one', async () => {
    const before = await checkTypes();
    const handler = await readExample(GUIDE, 'ts', 'async getCustomerOrganization');
    await edit('server/api/handlers.ts', '  return {\n    async createCustomerOrganization', (found) =>
      found.replace('  return {\n', `  return {\n${handler}`),
    );
    const after = await checkTypes();
    const server = await startServer();
    onTestFinished(() => server.close());

    const { violations, cases } = await runConformance(`${server.url}/api`);

    expect(before.stdout).toMatch(
      /server\/api\/handlers\.ts\(\d+,\d+\): error TS2741: Property 'getCustomerOrganization' is missing/,
    );
    expect(before.stdout.match(/error TS/g)).toHaveLength(1);
    expect(after).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(violations).toEqual([]);
    expect(cases).toBeGreaterThan(10);
  }, 120_000);
});

describe('an added operation with its handler', () => {
  it('appears in the try-it panel with a path parameter field, and in the samples', async () => {
    const [server, browser] = await Promise.all([startServer(), launchBrowser()]);
    onTestFinished(() => Promise.all([browser.close(), server.close()]).then(() => undefined));
    const { page, problems } = await openReference(browser, server.url);

    const sample = await requestSamples(page, OPERATION_ID).locator('pre').first().innerText();
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.locator('#try-it-operation').selectOption('Read a customer organization');
    const prefilled = await page.getByRole('textbox', { name: 'organizationId' }).inputValue();
    const hasBody = await page.getByLabel('Body', { exact: true }).isVisible();
    await page.getByRole('textbox', { name: 'organizationId' }).fill(OTHER_ID);
    const sent = page.waitForRequest((request) => request.url().includes('/api/'));
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('#try-it-status', { hasText: '200 OK' }).waitFor();
    const body = JSON.parse(await page.locator('#try-it-response-body').innerText());
    await page.locator('#try-it-operation').selectOption('Create a customer organization');
    const hasField = await page.getByRole('textbox', { name: 'organizationId' }).isVisible();

    expect(sample).toContain(`curl --request GET`);
    expect(sample).toContain(`http://localhost:3000/api/customer-organizations/${EXAMPLE_ID}`);
    expect(sample).not.toMatch(/Content-Type|--data|\{organizationId\}/);
    expect(prefilled).toBe(EXAMPLE_ID);
    expect([hasBody, hasField]).toEqual([false, false]);
    expect((await sent).method()).toBe('GET');
    expect((await sent).url()).toBe(`${server.url}/api/customer-organizations/${OTHER_ID}`);
    expect((await sent).headers()).not.toHaveProperty('content-type');
    expect(body).toMatchObject({ id: OTHER_ID });
    expect(problems).toEqual([]);
  }, 60_000);

  it('passes all tests that read the contract', async () => {
    const folders = CONTRACT_TEST_FOLDERS.map((name) => `test/${name}/`);

    const ran = await project.node(
      'node_modules/vitest/vitest.mjs',
      'run',
      '--config',
      'test/vitest.config.ts',
      ...folders,
    );

    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/^\d{3,} passed, 0 failed$/m);
  }, 300_000);
});

/** Starts the server of the copy as a process. */
async function startServer() {
  const settings = { DATABASE_PATH: join(project.path, 'data.db'), RATE_LIMIT_PER_MINUTE: '0' };
  const server = startServerProcess(settings, { cwd: project.path });
  return { url: await server.url, close: () => void server.child.kill('SIGKILL') };
}

/** Starts the mock of the copy as a process. Its URL includes the base path. */
async function startMock() {
  const [, ...args] = manifest.scripts.mock.split(' ');
  const child = spawn(process.execPath, [...args, '--port', '0'], { cwd: project.path });
  let output = '';
  const url = await new Promise<string>((settle, fail) => {
    child.once('exit', () => fail(new Error(output)));
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += String(chunk);
        const [, found] = /^Mock of .* on (http:\S+)$/m.exec(output) ?? [];
        if (found) settle(found);
      });
  });
  return { url, close: () => void child.kill('SIGKILL') };
}
