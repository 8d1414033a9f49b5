// Follows the guides to add two operations, a list with pages and a PUT with an error of its own, and a property.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Contract } from '../../../openapi/model/contract.ts';
import { createSuite, runSuite } from '../../conformance/run/suite.ts';
import { SUBJECT } from '../../conformance/tests/support/subject.ts';
import { readExample } from '../../support/code-blocks.ts';
import { DEMO } from '../../support/http/http.ts';
import { spawnMock } from '../../support/process/mock-process.ts';
import { startServerProcess } from '../../support/process/server-process.ts';
import { copyProject, type ProjectCopy } from '../../support/project-copy.ts';
import { launchBrowser } from '../../support/reference/browser.ts';
import { openReference, requestSamples } from '../../support/reference/reference-page.ts';

const GUIDE = 'openapi/README.md';
/** The text of all paths of the contract. */
const PATHS = /\npaths:\n(?: .*\n|\n)*/;
/** The schema of the response, up to the end of its properties. */
const ORGANIZATION = /\n {4}CustomerOrganization:\n(?: {6}.*\n)*/;
const TIME = 'createdAt: "2024-07-30T09:00:00.000Z"\n';
/** The first line of each example of the response. */
const EXAMPLES = /^( {20})id: .*\n/gm;
const ADDED = ['listCustomers', 'renameCustomer'];
const EXAMPLE_ID = '50af5191-05a3-42a5-802a-6b59091157af';
const OTHER_ID = '0190ff7e-3b1c-7d52-9c0e-4a6f8b2d1e36';

let project: ProjectCopy;
let contract: Contract;

beforeAll(async () => {
  project = await copyProject({ withTests: true });
  // Follows the guide literally.
  const operation = await readExample(GUIDE, 'yaml', 'listCustomers');
  await project.edit('openapi/openapi.yaml', PATHS, (found) => found + operation);
  const generated = await project.node('openapi/generator/generate.ts');
  if (generated.code !== 0) throw new Error(generated.stderr);
  contract = JSON.parse(await readFile(join(project.path, 'generated/openapi.json'), 'utf8'));
});
afterAll(() => project?.[Symbol.asyncDispose]());

const checkTypes = () => project.node('node_modules/typescript-7/bin/tsc', '--project', '.');

/** Runs the conformance suite. Returns its violations, and the number of cases of the new operation. */
async function runConformance(url: string) {
  const options = { contract, subject: { ...SUBJECT, url }, seed: 1, combinations: 20 };
  const outcomes = await runSuite(options);
  const ours = outcomes.filter((each) => ADDED.includes(each.case.operationId));
  return { violations: outcomes.flatMap(({ violations }) => violations), cases: ours.length };
}

describe('added operations', () => {
  it('pass the lint', async () => {
    const ran = await project.node('node_modules/@redocly/cli/bin/cli.js', 'lint', 'openapi/openapi.yaml');

    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  });

  it.each(ADDED)('are covered by more than ten derived cases: %s', (operationId) => {
    const { cases, underivable } = createSuite({ contract, subject: SUBJECT, seed: 1, combinations: 0 });

    expect(underivable).toEqual([]);
    expect(cases.filter((each) => each.operationId === operationId).length).toBeGreaterThan(10);
  });

  it('appear on the reference site', async () => {
    const ran = await project.node('openapi/reference/build/main.ts');

    expect(ran.code, ran.stderr).toBe(0);
    const page = await readFile(join(project.path, 'generated/reference/index.html'), 'utf8');
    for (const text of ['List customers', 'Rename a customer', 'customerId', 'CustomerNotFound'])
      expect(page).toContain(text);
  });

  it('are mocked with their examples, and rejected when they violate the contract', async () => {
    const mock = await spawnMock(project.path);
    onTestFinished(() => mock.close());
    const list = (query: string) => fetch(`${mock.url}/api/customers${query}`, { headers: { authorization: DEMO } });
    const rename = (id: string, headers = {}) =>
      fetch(`${mock.url}/api/customers/${id}`, {
        method: 'PUT',
        headers: { authorization: DEMO, 'content-type': 'application/json', ...headers },
        body: '{"name":"Other"}',
      });

    const responses = [
      ...[await list('?limit=2'), await list('?limit=0'), await rename(EXAMPLE_ID)],
      ...[await rename('invalid'), await rename(OTHER_ID, { Prefer: 'example=CustomerNotFound' })],
    ];
    const bodies: unknown[] = [];
    for (const response of responses) bodies.push(await response.json());

    expect(responses.map(({ status }) => status)).toEqual([200, 400, 200, 400, 404]);
    expect(bodies).toMatchObject([
      { customers: [{ name: 'FinTech Wealth Management' }], next: null },
      { error: { type: 'InvalidRequest', details: [{ in: 'query', pointer: '/limit' }] } },
      { id: EXAMPLE_ID, name: 'FinTech Holding Inc.' },
      { error: { type: 'InvalidRequest', details: [{ in: 'path', pointer: '/customerId' }] } },
      { error: { type: 'CustomerNotFound', message: 'Your account has no such customer.' } },
    ]);
  });

  it('fail to compile without handlers, and conform with them', async () => {
    const before = await checkTypes();
    const handlers = await readExample(GUIDE, 'ts', 'async listCustomers');
    await project.edit('server/api/handlers.ts', '  return {\n    async createCustomerOrganization', (found) =>
      found.replace('  return {\n', `  return {\n${handlers}`),
    );
    const after = await checkTypes();
    const server = await startServer();
    onTestFinished(() => server.close());

    const { violations, cases } = await runConformance(`${server.url}/api`);

    expect(before.stdout).toMatch(
      /handlers\.ts\(\d+,\d+\): error TS2739: .* missing the following properties.*: listCustomers, renameCustomer/,
    );
    expect(before.stdout.match(/error TS/g)).toHaveLength(1);
    expect(after).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(violations).toEqual([]);
    expect(cases).toBeGreaterThan(10);
  });
});

describe('added operations with their handlers', () => {
  it('appear in the try-it panel with their parameters, and in the samples', async () => {
    const [server, browser] = await Promise.all([startServer(), launchBrowser()]);
    onTestFinished(() => Promise.all([browser.close(), server.close()]).then(() => undefined));
    const { page, problems } = await openReference(browser, server.url);

    const sample = await requestSamples(page, 'renameCustomer').locator('pre').first().innerText();
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.locator('#try-it-operation').selectOption('List customers');
    const hasBody = await page.getByLabel('Body', { exact: true }).isVisible();
    await page.getByText('Optional parameters').click();
    await page.getByRole('textbox', { name: 'limit' }).fill('2');
    const listed = page.waitForRequest((request) => request.url().includes('/api/'));
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('#try-it-status', { hasText: '200 OK' }).waitFor();
    await page.locator('#try-it-operation').selectOption('Rename a customer');
    const prefilled = await page.getByRole('textbox', { name: 'customerId' }).inputValue();
    await page.getByRole('textbox', { name: 'customerId' }).fill(OTHER_ID);
    const renamed = page.waitForRequest((request) => request.url().includes('/api/'));
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('#try-it-status', { hasText: '404' }).waitFor();
    const advice = await page.locator('#try-it-advice').innerText();

    expect(sample).toContain('curl --request PUT');
    expect(sample).toContain(`${server.url}/api/customers/${EXAMPLE_ID}`);
    expect([hasBody, prefilled]).toEqual([false, EXAMPLE_ID]);
    expect((await listed).url()).toBe(`${server.url}/api/customers?limit=2`);
    expect((await listed).headers()).not.toHaveProperty('content-type');
    expect((await renamed).url()).toBe(`${server.url}/api/customers/${OTHER_ID}`);
    expect(advice).toContain('Your account has no such customer.');
    // The browser reports the 404 itself.
    expect(problems.filter((problem) => !problem.includes('404'))).toEqual([]);
  });

  it('work beside a new property of a response, which only the handler of that response must return', async () => {
    const property = await readExample(GUIDE, 'yaml', '        createdAt:');
    await project.edit(
      'openapi/openapi.yaml',
      ORGANIZATION,
      (found) => found.replace('members]', 'members, createdAt]') + property,
    );
    await project.edit('openapi/openapi.yaml', EXAMPLES, (id, indent) => `${id}${indent}${TIME}`);
    const generated = await project.node('openapi/generator/generate.ts');
    const before = await checkTypes();
    const body = await readExample(GUIDE, 'ts', 'function toBody');
    await project.edit('server/api/handlers.ts', /function toBody.*\n}\n/s, () => body);
    const after = await checkTypes();

    expect(generated.code, generated.stderr).toBe(0);
    expect(before.stdout.match(/^\S+(?=\(.*error TS)/gm)).toEqual(['server/api/handlers.ts']);
    expect(after).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('pass npm test with no other edit', async () => {
    const ran = await runCommand('npm', ['test']);

    expect(ran.code, ran.output).toBe(0);
    expect(ran.output).toMatch(/^\d{4,} passed, 0 failed$/m);
  }, 1_200_000);

  it('are recorded as released', async () => {
    const ran = await project.node('openapi/tooling/release.ts', '--write');

    expect(ran.code, ran.stderr).toBe(0);
    const released = await readFile(join(project.path, 'openapi/versions/2024-07-30.yaml'), 'utf8');
    expect(ADDED.filter((operationId) => !released.includes(`operationId: ${operationId}`))).toEqual([]);
  });
});

/** Runs a command in the copy. */
function runCommand(command: string, args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(command, args, { cwd: project.path });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += String(chunk);
    });
  return new Promise((settle) => child.once('close', (code) => settle({ code, output })));
}

/** Starts the server of the copy as a process. */
async function startServer() {
  const settings = { DATABASE_PATH: join(project.path, 'data.db'), RATE_LIMIT_PER_MINUTE: '0' };
  const server = startServerProcess(settings, { cwd: project.path });
  return { url: await server.url, close: () => void server.child.kill('SIGKILL') };
}
