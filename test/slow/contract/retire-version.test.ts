// Retires the first of two versions, as the guide says.
import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readExample } from '../../support/code-blocks.ts';
import { FIRST, SECOND, VersionGuide } from '../../support/contract/version-guide.ts';
import { DEMO, exchange } from '../../support/http/http.ts';
import { spawnMock } from '../../support/process/mock-process.ts';
import { copyProject, type ProjectCopy } from '../../support/project-copy.ts';

const OLDER = `openapi/versions/${FIRST}.yaml`;
/** A sunset that replaces that of the guide, which will be in the past one day, since the gate reads the clock. */
const SUNSET = '2999-01-31';
/** A sunset in the past. */
const PAST = { '2026-01-31': '2025-06-01', [SUNSET]: '2026-01-31' };

let project: ProjectCopy;

beforeAll(async () => {
  project = await copyProject({ withTests: true });
  const guide = new VersionGuide(project);
  await guide.changeContract();
  await guide.changeHandlers();
  await guide.addConversions();
  await guide.listConversions();
  await succeed('openapi/generator/generate.ts');
  await succeed('openapi/tooling/release.ts', '--write');
  await git('init', '--quiet', '--initial-branch', 'main');
  await commit('Release');
});
afterAll(() => project?.[Symbol.asyncDispose]());

/** The output of a command that must not fail. */
async function succeed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await project.node(...args);
  expect(code, stdout + stderr).toBe(0);
  return stdout;
}

const checkReleases = () => succeed('openapi/breaking-changes/main.ts');

const git = (...args: string[]) =>
  promisify(execFile)('git', ['-c', 'user.name=Tests', '-c', 'user.email=tests@example.com', ...args], {
    cwd: project.path,
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
  });

async function commit(subject: string): Promise<void> {
  await git('add', '--all');
  await git('commit', '--quiet', '--message', subject);
}

/** The response of the mock to a client of the first version. */
async function ask() {
  const mock = await spawnMock(project.path);
  try {
    const headers = { authorization: DEMO, 'content-type': 'application/json', 'sequence-version': FIRST };
    const body = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };
    return await exchange(mock.url, { headers, body });
  } finally {
    await mock.close();
  }
}

it('announces the sunset in the file of the version, which the changelog of the contract does not name', async () => {
  const announcement = await readExample('openapi/README.md', 'yaml', 'x-deprecation');
  const file = join(project.path, OLDER);
  const text = await readFile(file, 'utf8');
  await writeFile(file, text + announcement.replace('2027-01-31', SUNSET));
  await succeed('openapi/generator/generate.ts');

  const checked = await checkReleases();
  const released = await succeed('openapi/tooling/release.ts', '--write');
  const response = await ask();

  expect(checked).toBe('No client breaks.\n');
  expect(released).toBe('The contract has not changed since the last release.\n');
  expect(response.status).toBe(201);
  expect(response.headers).toMatchObject({
    deprecation: `@${Date.UTC(2026, 0, 31) / 1000}`,
    sunset: new Date(Date.parse(SUNSET) + 86_400_000).toUTCString(),
  });
  // Changes the contract as if the sunset had been announced long ago.
  for (const [date, past] of Object.entries(PAST)) await project.edit(OLDER, `"${date}"`, () => `"${past}"`);
  await commit('Announce the sunset');
  await git('commit', '--quiet', '--allow-empty', '--message', 'Change something else');
});

it('removes the version after its sunset', async () => {
  await rm(join(project.path, OLDER));
  await rm(join(project.path, `server/versions/${SECOND}.ts`));
  await project.edit('openapi/openapi.yaml', `enum: ["${FIRST}", "${SECOND}"]`, () => `enum: ["${SECOND}"]`);
  await project.edit('server/versions/index.ts', /import \{ v20250601 \}.*\n/, () => '');
  await project.edit('server/versions/index.ts', '[v20250601]', () => '[]');
  await succeed('openapi/generator/generate.ts');
  const released = await succeed('openapi/tooling/release.ts', '--write');

  const checked = await checkReleases();
  const response = await ask();

  expect(released).toContain(`The version ${FIRST} is no longer live`);
  expect(checked).toBe('No client breaks.\n');
  expect(await readdir(join(project.path, 'openapi/versions'))).toEqual([`${SECOND}.yaml`]);
  expect(response.status).toBe(400);
  expect(response.text).toContain('"type":"UnrecognisedApiVersion"');
});

it('compiles without the version', async () => {
  const include = ['openapi', 'generated', 'server', 'mock'];
  const sources = JSON.stringify({ extends: './tsconfig.json', include });
  await writeFile(join(project.path, 'tsconfig.sources.json'), sources);

  expect(await succeed('node_modules/typescript-7/bin/tsc', '--project', 'tsconfig.sources.json')).toBe('');
});
