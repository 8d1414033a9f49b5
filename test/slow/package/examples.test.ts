// The examples of mock/README.md, compiled and run with the packed packages in a separate project.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mock, startMock } from '../../../mock/start.ts';
import { type Consumer, createConsumer, link, packPackages, type Tarballs } from '../../package/consumer.ts';
import { readBlocks } from '../../support/code-blocks.ts';
import { ROOT } from '../../support/project-copy.ts';
import { executablePath, launchBrowser } from '../../support/reference/browser.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';

/** The versions are exact, so that the test is reproducible. */
const LIBRARIES = [
  ...['react@19.3.1', 'react-dom@19.3.1', '@types/react@19.3.0', '@types/react-dom@19.3.0', '@types/node@24.19.2'],
  ...['@tanstack/react-query@5.108.4', 'openapi-react-query@0.5.4', 'swr@2.5.1', 'swr-openapi@5.6.0'],
  ...['openapi-typescript@7.13.0', 'typescript@5.9.3', 'msw@2.15.0', 'jest@30.5.2', '@playwright/test@1.65.1'],
];

const NEXT = [
  ...['next@16.4.6', 'react@19.3.1', 'react-dom@19.3.1', 'typescript@5.9.3'],
  ...['@types/react@19.3.0', '@types/node@24.19.2'],
];

const LAYOUT = `import type { ReactNode } from 'react';
export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
`;

const PAGE = (script: string) =>
  `<!doctype html><title>Organizations</title><div id="root"></div><script type="module" src="${script}"></script>`;

/** Renders a story like Storybook: the functions of the file run first, then those of the story. */
const STORY = `
import { createRoot } from 'react-dom/client';
import meta, { UnknownCustomers as story } from './organization-form.stories';
meta.beforeEach();
story.beforeEach();
const [decorate] = meta.decorators;
createRoot(document.getElementById('root')!).render(decorate(() => <meta.component />));
`;

/** The types of hooks that need a read operation, which the contract lacks. They accept the client unchanged. */
const SWR_OPENAPI = `
import { createMutateHook, createQueryHook } from 'swr-openapi';
import { isEqual } from './is-equal';
import { client } from './api';
export const useQuery = createQueryHook(client, 'customer-organizations');
export const useMutate = createMutateHook(client, 'customer-organizations', isEqual);
`;

const PLAYWRIGHT_CONFIG = `
export default {
  testDir: 'e2e',
  reporter: 'line',
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 60_000 },
  use: {
    baseURL: process.env.PAGE_URL,
    launchOptions: {
      executablePath: process.env.CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
    },
  },
};
`;

/** Options of Jest and Vitest, whose default time limit of 5 s is too short for a busy machine. */
const PATIENT = ['--testTimeout=120000'];

let tarballs: Tarballs;
let project: Consumer;
let mock: Mock;
let preview: ChildProcess;
let pageUrl: string;

beforeAll(async () => {
  tarballs = await packPackages();
  project = await createConsumer([tarballs.of('contract'), tarballs.of('mock'), ...LIBRARIES], ['--legacy-peer-deps']);
  // These packages are installed here already, and have many dependencies.
  await link(project, ['vite', 'vitest']);
  for (const { code } of await readBlocks('mock/README.md')) {
    const [, name] = /^\/\/ (\S+\.\w+)\n/.exec(code) ?? [];
    if (name && !name.startsWith('app/')) await project.write(name, code);
  }
  await project.write('index.html', PAGE('/src/main.tsx'));
  await project.write('story.html', PAGE('/src/story.tsx'));
  await project.write('src/story.tsx', STORY);
  await project.write('src/is-equal.ts', 'export const isEqual = (a: object, b: object) => a === b;\n');
  await project.write('src/swr-openapi.ts', SWR_OPENAPI);
  await project.write('playwright.config.ts', PLAYWRIGHT_CONFIG);
  const compilerOptions = {
    ...{
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      target: 'es2022',
      lib: ['es2024', 'dom', 'dom.iterable'],
      jsx: 'react-jsx',
    },
    ...{ module: 'esnext', moduleResolution: 'bundler', skipLibCheck: true, types: ['node', 'react', 'react-dom'] },
  };
  const include = ['src', 'e2e', 'vite.config.ts'];
  await project.write('tsconfig.json', JSON.stringify({ compilerOptions, include }));
  mock = await startMock({ port: 0, credentials: { clientId: 'page', clientSecret: 'in the proxy' } });
});
afterAll(async () => {
  preview?.kill('SIGKILL');
  await mock?.close();
  await project?.[Symbol.asyncDispose]();
  await tarballs?.[Symbol.asyncDispose]();
});

/** Only the environment of the proxy has the credentials. */
const environment = () => ({
  ...process.env,
  API_URL: new URL(mock.url).origin,
  CLIENT_ID: 'page',
  CLIENT_SECRET: 'in the proxy',
});

it.each(['typescript', 'typescript-7'])('compile, with strict types, with %s', async (compiler) => {
  const ran = await project.node(join(ROOT, 'node_modules', compiler, 'bin/tsc'), '--project', 'tsconfig.json');

  expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
});

it('run with Jest', async () => {
  await project.write('jest/package.json', '{ "type": "commonjs" }');
  const [test] = (await readBlocks('mock/README.md')).filter(({ language }) => language === 'js');
  await project.write('jest/organization.test.js', test?.code ?? '');

  await project.write(
    'jest/mock-server.test.js',
    `test('finds the mock of the setup', async () => {
      const response = await fetch(new URL('/_mock/requests', process.env.MOCK_URL));
      expect(await response.json()).toEqual([]);
    });`,
  );
  await project.write('mock-teardown.mjs', 'export default () => globalThis.mock.close();');
  const setup = ['--globalSetup', join(project.path, 'mock-setup.mjs')];
  const teardown = ['--globalTeardown', join(project.path, 'mock-teardown.mjs')];

  const ran = await project.node(
    'node_modules/jest/bin/jest.js',
    '--rootDir',
    'jest',
    ...PATIENT,
    ...setup,
    ...teardown,
  );

  expect(ran.code, ran.stderr).toBe(0);
  expect(ran.stderr).toContain('2 passed');
});

it('run with MSW', async () => {
  const ran = await project.node(
    'node_modules/vitest/vitest.mjs',
    'run',
    ...PATIENT,
    '--hookTimeout=120000',
    'src/msw.test.ts',
  );

  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
});

/** Starts a server of an example. Resolves when it has printed its URL. */
async function startServer(args: string[], env: NodeJS.ProcessEnv, cwd = project.path) {
  const child = spawn(process.execPath, args, { cwd, env });
  const url = await new Promise<string>((settle, fail) => {
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += stripVTControlCharacters(String(chunk));
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
      if (found) settle(found);
    });
    child.stderr.on('data', (chunk) => (output += String(chunk)));
    child.once('close', () => fail(new Error(`${args.join(' ')} exited: ${output}`)));
  });
  return { process: child, url };
}

const startVite = (...args: string[]) =>
  startServer(['node_modules/vite/bin/vite.js', ...args, '--port', '0', '--host', '127.0.0.1'], environment());

it('build with Vite, and have no secret in the page', async () => {
  await project.run(process.execPath, 'node_modules/vite/bin/vite.js', 'build');
  const { process: started, url } = await startVite('preview');
  [preview, pageUrl] = [started, url];

  const page = await (await fetch(pageUrl)).text();
  const [, script = ''] = /src="(\/assets\/[^"]+)"/.exec(page) ?? [];
  const code = await (await fetch(pageUrl + script)).text();

  expect(code).toContain('Idempotency-Key');
  expect(code).not.toContain(Buffer.from('page:in the proxy').toString('base64'));
});

it('pass with Playwright, which drives the mock over HTTP', async () => {
  const env = { ...environment(), PAGE_URL: pageUrl, CHROMIUM: await executablePath() };
  const ran = spawn(process.execPath, ['node_modules/@playwright/test/cli.js', 'test'], { env, cwd: project.path });
  let output = '';
  ran.stdout.on('data', (chunk) => (output += String(chunk)));
  ran.stderr.on('data', (chunk) => (output += String(chunk)));

  const [code] = await once(ran, 'close');

  expect(code, output).toBe(0);
  expect(output).toContain('3 passed');
});

it('show a story with the mock in the browser', async () => {
  const [browser, vite] = await Promise.all([launchBrowser(), startVite()]);
  try {
    const page = await browser.newPage();
    await page.goto(`${vite.url}/story.html`);
    await page.getByLabel('Owner').fill(OWNER);
    await page.getByRole('button').click();

    await page.getByText('The account has no customer with 2 of the IDs; see details.').waitFor();
    await page.getByText('The account has no customer 11111111-1111-4111-8111-111111111111.').waitFor();
  } finally {
    vite.process.kill('SIGKILL');
    await browser.close();
  }
});

describe('the server action of Next.js', () => {
  let app: Consumer;
  let started: Awaited<ReturnType<typeof startServer>>;

  beforeAll(async () => {
    app = await createConsumer([tarballs.of('contract'), ...NEXT]);
    for (const { code } of await readBlocks('mock/README.md')) {
      const [, name] = /^\/\/ (app\/\S+)\n/.exec(code) ?? [];
      if (name) await app.write(name, code);
    }
    await app.write('app/layout.tsx', LAYOUT);
    const env = { ...environment(), API_BASE_URL: mock.url, NEXT_TELEMETRY_DISABLED: '1' };
    const next = 'node_modules/next/dist/bin/next';
    const built = spawn(process.execPath, [next, 'build'], { cwd: app.path, env });
    let output = '';
    built.stdout.on('data', (chunk) => (output += String(chunk)));
    built.stderr.on('data', (chunk) => (output += String(chunk)));
    const [code] = await once(built, 'close');
    if (code !== 0) throw new Error(output);
    started = await startServer([next, 'start', '--port', '0', '--hostname', '127.0.0.1'], env, app.path);
  });
  afterAll(async () => {
    started?.process.kill('SIGKILL');
    await app?.[Symbol.asyncDispose]();
  });

  it('keeps its key and what was typed when the API does not respond', async () => {
    mock.reset();
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(started.url);
      mock.next({ networkError: true, times: 3 });
      await page.getByLabel('Owner').fill(OWNER);
      await page.getByRole('button').click();
      await page.getByText('The service cannot be reached. Try again.').waitFor();
      expect(await page.getByLabel('Owner').inputValue()).toBe(OWNER);
      await page.getByRole('button').click();
      await page.locator('output', { hasText: /^[0-9a-f-]{36}$/ }).waitFor();
    } finally {
      await browser.close();
    }

    expect(mock.requests.map(({ response }) => response?.status)).toEqual([undefined, undefined, undefined, 201]);
    expect(new Set(mock.requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  it('shows an error beside its field, and creates one organization for two attempts', async () => {
    mock.reset();
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(started.url);
      await page.getByLabel('Owner').fill('nobody');
      await page.getByRole('button').click();
      await page.getByText(`Must be a UUID, such as ${OWNER}.`).waitFor();
      mock.next('Unavailable', { times: 3 });
      await page.getByLabel('Owner').fill(OWNER);
      await page.getByRole('button').click();
      await page.getByText('The service is temporarily unavailable.').waitFor();
      expect(await page.getByLabel('Owner').inputValue()).toBe(OWNER);
      await page.getByRole('button').click();
      await page.locator('output', { hasText: /^[0-9a-f-]{36}$/ }).waitFor();
    } finally {
      await browser.close();
    }

    const keys = mock.requests.map(({ headers }) => headers['idempotency-key']);
    expect(mock.requests.map(({ response }) => response?.status)).toEqual([400, 503, 503, 503, 201]);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });
});
