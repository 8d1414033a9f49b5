// The commits that released versions are compared with, in git repositories.
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkVersions } from '../../../openapi/breaking-changes/check-versions.ts';
import { findBases, findBasesIfAny, readVersionStates } from '../../../openapi/breaking-changes/read-versions.ts';
import { ROOT } from '../../support/project-copy.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const FILE = 'openapi/versions/2024-07-30.yaml';
const CURRENT = 'openapi/openapi.yaml';

/** A folder with the contract of this project as its first released version. */
async function createProject() {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const at = (path: string) => join(folder.path, path);
  const text = await readFile(join(ROOT, CURRENT), 'utf8');
  await mkdir(at('openapi/versions'), { recursive: true });
  await writeFile(at(CURRENT), text);
  await writeFile(at(FILE), text);
  const git = (...args: string[]) =>
    promisify(execFile)('git', ['-c', 'user.name=Tests', '-c', 'user.email=tests@example.com', ...args], {
      cwd: folder.path,
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
    });
  const commit = async (subject: string) => {
    await git('add', '--all');
    await git('commit', '--quiet', '--message', subject);
  };
  /** Tightens requests in both files, so that only their history shows the change. */
  const tighten = async () => {
    for (const path of [CURRENT, FILE]) {
      const before = await readFile(at(path), 'utf8');
      await writeFile(at(path), before.replace('maxItems: 10000', 'maxItems: 9999'));
    }
  };
  return { path: folder.path, at, git, commit, tighten };
}

type Git = Awaited<ReturnType<typeof createProject>>['git'];

/** The places of all violations. */
async function check(path: string, refs?: string[]): Promise<string[]> {
  const states = await readVersionStates(path, refs ?? (await findBases(path)));
  return states.flatMap(checkVersions).map(({ rule, pointer }) => `${rule} ${pointer}`);
}

const TIGHTENED = 'released-version /components/schemas/NewCustomerOrganization/properties/memberIds/maxItems';

describe('released versions', () => {
  it('are compared with the commit where the branch left main', async () => {
    const { path, git, commit, tighten } = await createProject();
    await git('init', '--quiet', '--initial-branch', 'main');
    await commit('Release');
    await git('checkout', '--quiet', '-b', 'change');
    expect(await check(path)).toEqual([]);

    await tighten();
    expect(await check(path)).toEqual([TIGHTENED]);
    await commit('Tighten');

    expect(await check(path)).toEqual([TIGHTENED]);
  });

  it('are compared with the commit before on main itself', async () => {
    const { path, git, commit, tighten } = await createProject();
    await git('init', '--quiet', '--initial-branch', 'main');
    await commit('Release');
    await tighten();
    await commit('Tighten');

    expect(await check(path)).toEqual([TIGHTENED]);
  });

  it('are compared with the last tag of a release, however old it is', async () => {
    const { path, git, at, commit, tighten } = await createProject();
    await git('init', '--quiet', '--initial-branch', 'main');
    await commit('Release');
    await git('tag', 'v1.0.0');
    await tighten();
    await commit('Tighten');
    await writeFile(at('other.txt'), 'Other.');
    await commit('Change something else');

    expect(await check(path)).toEqual([TIGHTENED]);
    expect(await check(path, ['HEAD'])).toEqual([]);
  });

  it('are compared with the target of a pull request', async () => {
    const { path, git, commit, tighten } = await createProject();
    await git('init', '--quiet', '--initial-branch', 'main');
    await commit('Release');
    await git('update-ref', 'refs/remotes/origin/stable', 'HEAD');
    await tighten();
    await commit('Tighten');
    process.env.GITHUB_BASE_REF = 'stable';
    onTestFinished(() => void delete process.env.GITHUB_BASE_REF);

    expect(await check(path)).toEqual([TIGHTENED]);
  });

  it('are compared with the last commit on main itself while a change is not committed', async () => {
    const { path, git, at, commit } = await createProject();
    const announce = async () => {
      const text = await readFile(at(FILE), 'utf8');
      await writeFile(at(FILE), `${text}x-deprecation: { deprecatedAt: "2024-12-01", sunsetAt: "2025-01-31" }\n`);
    };
    await git('init', '--quiet', '--initial-branch', 'main');
    await commit('Release');
    await git('tag', 'v1.0.0');
    await announce();
    await commit('Announce');
    await git('tag', 'v1.1.0');
    const current = await readFile(at(CURRENT), 'utf8');
    const next = current.replaceAll('"2024-07-30"', '"2025-06-01"');
    await writeFile(at(CURRENT), next);
    await writeFile(at('openapi/versions/2025-06-01.yaml'), next);
    await rm(at(FILE));

    expect(await check(path)).toEqual([]);
    expect(await check(path, ['v1.0.0'])).toContain('released-version /components/schemas/ApiVersion');
    await commit('Retire');
    expect(await check(path)).toEqual([]);
    await git('tag', 'v1.2.0');
    expect(await check(path)).toEqual([]);
  });

  it('break their clients when they are removed', async () => {
    const { path, git, at, commit } = await createProject();
    await git('init', '--quiet', '--initial-branch', 'main');
    await commit('Release');
    await rm(at(FILE));

    expect(await check(path)).toEqual(['released-version /components/schemas/ApiVersion']);
  });

  it.each([
    ['outside a repository', async () => {}],
    ['in a repository without a commit', async (git: Git) => void (await git('init', '--quiet'))],
  ])('cannot be compared with their past %s', async (_, prepare) => {
    const { path, git, tighten } = await createProject();
    await prepare(git);
    await tighten();
    const warnings: string[] = [];

    await expect(check(path)).rejects.toThrow(
      'This folder is in no git repository with a commit. Clone the repository',
    );
    expect(await findBasesIfAny(path, (message) => warnings.push(message))).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/^The released versions cannot be compared with their past\. /)]);
  });

  it('cannot be compared with their past in a clone of one commit, unless it has a tag or a branch', async () => {
    const { path, git, commit, tighten } = await createProject();
    await git('init', '--quiet', '--initial-branch', 'main');
    await commit('Release');
    await tighten();
    await commit('Tighten');
    const folder = await temporaryFolder();
    onTestFinished(() => folder[Symbol.asyncDispose]());
    const clone = join(folder.path, 'clone');
    await git('clone', '--quiet', '--depth', '1', `file://${path}`, clone);

    await expect(check(clone)).rejects.toThrow('Fetch the others: git fetch --unshallow --tags');
    await git('-C', clone, 'fetch', '--quiet', '--unshallow');
    expect(await check(clone)).toEqual([TIGHTENED]);
  });

  it('cannot be compared with a commit that git does not know', async () => {
    const { path, git, commit } = await createProject();
    await git('init', '--quiet', '--initial-branch', 'main');
    await commit('Release');

    await expect(readVersionStates(path, ['no-such-commit'])).rejects.toThrow(
      'does not know the commit no-such-commit',
    );
  });
});

describe('a new version', () => {
  it('may break with the module of its date only', async () => {
    const { path, at } = await createProject();
    const text = await readFile(at(CURRENT), 'utf8');
    const next = text
      .replace('version: "2024-07-30"', 'version: "2025-06-01"')
      .replace('enum: ["2024-07-30"]', 'enum: ["2024-07-30", "2025-06-01"]')
      .replace('maxItems: 10000', 'maxItems: 10000\n          minItems: 1');
    await writeFile(at(CURRENT), next);
    const without = await check(path, []);
    await mkdir(at('server/versions'), { recursive: true });
    const write = (text: string) => writeFile(at('server/versions/2025-06-01.ts'), text);
    const list = (text: string) => writeFile(at('server/versions/index.ts'), text);
    await list('export const versionChanges = [{ version: "2025-06-01" }];');
    await write('');
    const withEmpty = await check(path, []);
    await write(`
      interface Request { body: { memberIds: string[] } }
      export const v20250601 = {
        version: '2025-06-01',
        operations: { createCustomerOrganization: { upgradeRequest: (request: Request) => request } },
      };
    `);

    const pointer = '/components/schemas/NewCustomerOrganization/properties/memberIds/minItems';
    expect([without, withEmpty]).toEqual([[`breaking-change ${pointer}`], [`breaking-change ${pointer}`]]);
    expect(await check(path, [])).toEqual([]);
    await list('export const versionChanges = [];');
    await expect(check(path, [])).rejects.toThrow(
      'server/versions/2025-06-01.ts converts nothing: `versionChanges` in server/versions/index.ts does not list it.',
    );
    await list('export const versionChanges = [{ version: "2025-06-01" }, { version: "2025-01-01" }];');
    await expect(check(path, [])).rejects.toThrow(
      'server/versions/index.ts lists the module of 2025-01-01, which is not live. Remove it; ',
    );
    await list('export const versionChanges = [{ version: "2025-06-01" }];');
    await write('import "./none.ts";');
    await expect(check(path, [])).rejects.toThrow('server/versions/2025-06-01.ts cannot be loaded: ');
  });
});
