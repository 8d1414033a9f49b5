// The breaking-change gate: compares two contracts by `redocly diff`, and by the rules that it lacks.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, promisify } from 'node:util';
import { type Contract, resolve } from '../model/contract.ts';
import { bundleContract, readContractText } from '../model/read-contract.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Change {
  /** As in semantic versioning: major breaks clients. */
  impact: 'major' | 'minor' | 'patch';
  /** One sentence. */
  message: string;
  /** JSON Pointer to the changed value. */
  pointer: string;
  /** In the new contract, or in the old one if it was removed. */
  line: number | undefined;
  /** Whether an existing constraint on requests or responses changed. False for additions and descriptions. */
  constraint: boolean;
}

interface Report {
  changes: {
    path: string;
    typeName: string;
    kind: string;
    impact: Change['impact'];
    property?: string;
    verdicts: { impact: Change['impact']; message: string }[];
    base?: Side;
    revision?: Side;
  }[];
}

interface Side {
  line: number;
  value?: unknown;
}

/** Every change between two contracts, given by their paths. */
export async function findChanges(base: string, revision: string): Promise<Change[]> {
  const [before, after] = await Promise.all([fallbacksOf(base), fallbacksOf(revision)]);
  const same = isDeepStrictEqual(before, after);
  await using files = await bundleFiles([base, revision]);
  const [baseFile = base, revisionFile = revision] = files.paths;
  const found = await Promise.all([runDiff(baseFile, revisionFile), same ? [] : diffFallbacks(before, after)]);
  return found.flat();
}

/** The breaking changes, unless the revision announces a new version. */
export async function findUnannounced(changes: readonly Change[], base: string, revision: string): Promise<Change[]> {
  const breaking = changes.filter(({ impact }) => impact === 'major');
  if (breaking.length === 0) return [];
  const [before, after] = await Promise.all([bundleContract(base), bundleContract(revision)]);
  return announcesVersion(before, after) ? [] : breaking;
}

/** Whether the revision adds a version and keeps all old ones, so that existing clients keep theirs. */
export function announcesVersion(base: Contract, revision: Contract): boolean {
  const [before, after] = [base, revision].map(({ components }) => components.schemas.ApiVersion?.enum ?? []);
  const kept = before?.every((version) => after?.includes(version));
  return kept === true && after?.some((version) => !before?.includes(version)) === true;
}

/** Changes to existing constraints, breaking or not: clients read of them in the changelog of a release. */
export function findUnrecorded(changes: readonly Change[]): Change[] {
  return changes.filter(({ constraint }) => constraint);
}

export function explainUnrecorded(changes: readonly Change[]): string {
  return `Constraints have changed since the last release, and the changelog does not say so:
${listChanges(changes)}
Revert the change, or run \`npm run release -- --write\`.`;
}

export function explainUnannounced(changes: readonly Change[]): string {
  return `The contract breaks clients of the last release, without a new Sequence-Version:
${listChanges(changes)}
Revert the change, or add a version to components.schemas.ApiVersion.enum and keep serving the old ones.`;
}

function listChanges(changes: readonly Change[]): string {
  return changes
    .map(({ message, pointer, line }) => `  ${message}\n    at ${pointer}${line ? `, line ${line}` : ''}`)
    .join('\n');
}

/** Contracts in several files are compared as bundles; those in one file as they are, so that changes have lines. */
async function bundleFiles(files: readonly string[]): Promise<AsyncDisposable & { paths: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'contract-'));
  const paths = files.map(async (file, index) => {
    const text = await readContractText(file);
    if (text === (await readFile(file, 'utf8'))) return file;
    const path = join(folder, `${index}.yaml`);
    await writeFile(path, text);
    return path;
  });
  return {
    paths: await Promise.all(paths),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What `x-fallback-responses` was called in contracts released before it had that name. */
const FORMER_NAME = 'x-outside-operations';

/**
 * The fallback responses as an operation of its own: Redocly 2.77 does not compare extensions. References are replaced
 * by their targets.
 */
async function fallbacksOf(file: string): Promise<object> {
  const contract = await bundleContract(file);
  const inline = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(inline);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(resolve(contract, node)).map(([key, value]) => [key, inline(value)]));
  };
  const responses = inline(contract['x-fallback-responses'] ?? Reflect.get(contract, FORMER_NAME) ?? {});
  const info = { title: contract.info.title, version: contract.info.version };
  return { openapi: contract.openapi, info, paths: { '/x-fallback-responses': { get: { responses } } } };
}

async function diffFallbacks(before: object, after: object): Promise<Change[]> {
  const folder = await mkdtemp(join(tmpdir(), 'contract-'));
  try {
    const [base, revision] = [join(folder, 'base.json'), join(folder, 'revision.json')];
    await writeFile(base, JSON.stringify(before));
    await writeFile(revision, JSON.stringify(after));
    const changes = await runDiff(base, revision);
    return changes.map(({ line: _, pointer, ...change }) => ({
      ...change,
      line: undefined,
      pointer: pointer.replace('/paths/~1x-fallback-responses/get/responses', '/x-fallback-responses'),
    }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runDiff(base: string, revision: string): Promise<Change[]> {
  const redocly = join(ROOT, 'node_modules/@redocly/cli/bin/cli.js');
  const config = join(ROOT, 'redocly.yaml');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [redocly, 'diff', base, revision, '--config', config, '--format', 'json', '--fail-on', 'none'],
    {
      cwd: ROOT,
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    },
  );
  const report: Report = JSON.parse(stdout);
  return report.changes.map(toChange);
}

function toChange(change: Report['changes'][number]): Change {
  const { path, kind, property, verdicts, impact, base, revision } = change;
  const sentences = verdicts.map(({ message }) => (message.endsWith('.') ? message : `${message}.`)).join(' ');
  const missed = findMissed(change);
  const what = property === undefined ? kind : `\`${property}\` ${kind}`;
  return {
    impact: missed ? 'major' : impact,
    message: missed ?? (sentences || `${what} at ${path.split('/').slice(-2).join('/')}.`),
    pointer: `${path.replace(/^#/, '')}${property === undefined ? '' : `/${property}`}`,
    line: revision?.line ?? base?.line,
    // Extensions bind nobody; the fallback responses are compared on their own.
    constraint:
      kind !== 'added' &&
      !path.startsWith('#/x-') &&
      (property === undefined ? kind === 'removed' : !DESCRIPTIONS.test(property)),
  };
}

/** Properties that constrain nothing. All others count as constraints. */
const DESCRIPTIONS =
  /^(summary|description|title|examples?|default|deprecated|externalDocs|tags|servers|operationId|\$comment|x-.*)$/;

/** Breaking changes for which Redocly 2.77 has no rule. */
function findMissed({ path, typeName, property, base, revision }: Report['changes'][number]): string | undefined {
  const place = path.split('/').at(-1);
  if (typeName === 'Header' && property === 'required' && base?.value === true && revision?.value !== true)
    return `The response header ${place} is no longer sent always.`;
  if (path.includes('/security') || /^#\/security/.test(path) || property === 'security')
    return 'The credentials that a request needs have changed.';
  return undefined;
}
