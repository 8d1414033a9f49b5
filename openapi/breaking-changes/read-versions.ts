// Reads the states of the versions from files and git.
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { ContractError } from '../model/contract-error.ts';
import { bundleContract, checkComparable } from '../model/load/read-contract.ts';
import { checkReleased, findReleased } from '../model/versions/released-versions.ts';
import type { ContractFile, VersionState } from './check-versions.ts';
import type { ModuleConversions } from './find-unconverted.ts';

const FOLDER = 'openapi/versions';

/**
 * The state of the project at `root`. Released versions are compared with each of `refs`, if there are any.
 *
 * @throws Error when git does not know a ref, a file of a released version is not what its name says, or one of the
 *   files cannot be compared. ContractError when a module cannot be loaded
 */
export async function readVersionStates(root: string, refs: readonly string[]): Promise<VersionState[]> {
  const path = join(root, 'openapi/openapi.yaml');
  const after = new Map<string, ContractFile>();
  const released = await findReleased(path);
  await checkReleased(released);
  for (const file of [path, ...released.map((each) => each.path)]) await checkComparable(file);
  for (const { version, path: file } of released) after.set(version, { file, contract: await bundleContract(file) });
  const newest = { file: path, contract: await bundleContract(path) };
  const modules = new Map<string, ModuleConversions>();
  const live = new Set([...after.keys(), newest.contract.info.version]);
  const retired = (await listedModules(join(root, 'server/versions'))).find((version) => !live.has(version));
  if (retired !== undefined) {
    throw new ContractError(
      `server/versions/index.ts lists the module of ${retired}, which is not live. Remove it; ` +
        'that of the next version converts to and from the version before.',
    );
  }
  for (const version of live) {
    const conversions = await readModule(join(root, 'server/versions'), version);
    if (conversions) modules.set(version, conversions);
  }
  const today = new Date().toISOString().slice(0, 10);
  const before =
    refs.length === 0 ? [new Map<string, ContractFile>()] : await Promise.all(refs.map((ref) => readBase(root, ref)));
  return before.map((each) => ({ before: each, after, newest, modules, today }));
}

/** The versions that were released at a commit. */
async function readBase(root: string, ref: string): Promise<Map<string, ContractFile>> {
  const listed = await git(root, 'ls-tree', '--name-only', ref, `${FOLDER}/`);
  if (listed === undefined) throw new Error(`git does not know the commit ${ref}. Fetch it, or name another.`);
  const versions = new Map<string, ContractFile>();
  for (const file of listed.split('\n')) {
    const [, version] = /\/(\d{4}-\d\d-\d\d)\.yaml$/.exec(file) ?? [];
    // Released contracts are bundled.
    const text = version === undefined ? undefined : await git(root, 'show', `${ref}:./${file}`);
    if (version !== undefined && text !== undefined) versions.set(version, { file, contract: parse(text) });
  }
  return versions;
}

/**
 * The commits that released versions are compared with: the last tag of a release, and where the branch left the main
 * one.
 *
 * @throws NoHistoryError when git has none
 */
export async function findBases(root: string): Promise<string[]> {
  if ((await git(root, 'rev-parse', '--verify', '--quiet', 'HEAD')) === undefined)
    throw new NoHistoryError('This folder is in no git repository with a commit. Clone the repository');
  const bases = await findCommits(root);
  const isShallow = (await git(root, 'rev-parse', '--is-shallow-repository')) === 'true';
  const head = await git(root, 'rev-parse', 'HEAD');
  if (isShallow && bases.every((base) => base === head))
    throw new NoHistoryError(
      'This clone is shallow and has one commit. Fetch the others: git fetch --unshallow --tags',
    );
  return bases;
}

/** Like `findBases`, but if there is no history, calls `warn` with a message and resolves with an empty list. */
export async function findBasesIfAny(root: string, warn: (message: string) => void): Promise<string[]> {
  try {
    return await findBases(root);
  } catch (error) {
    if (!(error instanceof NoHistoryError)) throw error;
    warn(error.message);
    return [];
  }
}

/** Thrown when released versions cannot be compared with their past. */
class NoHistoryError extends Error {
  /** `reason` ends with what to do. */
  constructor(reason: string) {
    super(
      `The released versions cannot be compared with their past. ${reason}, name a commit with --base, ` +
        'or compare two files: npm run breaking-changes -- OLD NEW.',
    );
  }
}

async function findCommits(root: string): Promise<string[]> {
  const tag = await git(root, 'describe', '--tags', '--abbrev=0', '--match', 'v*');
  const { GITHUB_BASE_REF: target = '' } = process.env;
  const branches = [...(target === '' ? [] : [`origin/${target}`]), 'origin/HEAD', 'origin/main', 'main', 'master'];
  for (const branch of branches) {
    const base = await git(root, 'merge-base', 'HEAD', branch);
    if (base === undefined) continue;
    // On the main branch itself, the base is the state before the last commit, or before uncommitted changes.
    const isHead = base === (await git(root, 'rev-parse', 'HEAD'));
    const isCommitted = (await git(root, 'status', '--porcelain', '--', 'openapi')) === '';
    const parent = isHead && isCommitted ? await git(root, 'rev-parse', '--verify', '--quiet', 'HEAD^') : undefined;
    return [tag, base, parent].flatMap((ref) => ref ?? []);
  }
  const head = await git(root, 'rev-parse', 'HEAD');
  return [tag, head].flatMap((ref) => ref ?? []);
}

/** The output of git; undefined when it fails or is not installed. */
async function git(root: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', args, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
    return stdout.trimEnd();
  } catch {
    return undefined;
  }
}

/**
 * The conversions of the module of a version; undefined without one.
 *
 * @throws ContractError when it cannot be loaded, or is not listed
 */
async function readModule(folder: string, version: string): Promise<ModuleConversions | undefined> {
  const exported = await load(folder, `${version}.ts`);
  if (!exported) return undefined;
  if (!(await listedModules(folder)).includes(version)) {
    throw new ContractError(
      `server/versions/${version}.ts converts nothing: ` +
        '`versionChanges` in server/versions/index.ts does not list it.',
    );
  }
  const change = Object.values(exported).find((each) => Object(each).version === version);
  return Object(Object(change).operations);
}

/** The versions whose modules `versionChanges` lists. */
async function listedModules(folder: string): Promise<string[]> {
  const { versionChanges } = (await load(folder, 'index.ts')) ?? {};
  return Array.isArray(versionChanges) ? versionChanges.map((each) => String(Object(each).version)) : [];
}

/** The exports of a module; undefined if there is no such file. */
async function load(folder: string, name: string): Promise<Record<string, unknown> | undefined> {
  const path = join(folder, name);
  const file = await stat(path).catch(() => undefined);
  if (!file) return undefined;
  try {
    // A module is evaluated once for each URL, and this one may have changed since.
    return await import(`${pathToFileURL(path)}?written=${Math.trunc(file.mtimeMs * 1000)}`);
  } catch (cause) {
    const [reason] = String(cause instanceof Error ? cause.message : cause).split('\n');
    throw new ContractError(`server/versions/${name} cannot be loaded: ${reason}`, { cause });
  }
}
