// The breaking-change gate: compares two contracts with `redocly diff`, and with the few rules that it lacks.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, promisify } from 'node:util';
import { parse } from 'yaml';
import { type Contract, resolve } from '../model/contract.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Change {
  /** By semantic versioning: major breaks clients. */
  impact: 'major' | 'minor' | 'patch';
  /** What changed, in words. */
  message: string;
  /** JSON Pointer to the place. */
  pointer: string;
  /** In the new contract, or, when it was removed, in the old one. */
  line: number | undefined;
  /** It changes what is demanded of a request or promised of an answer, and is no mere addition or description. */
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

/** Every change from one contract to the other, both given as files. */
export async function findChanges(base: string, revision: string): Promise<Change[]> {
  const [before, after] = await Promise.all([fallbacksOf(base), fallbacksOf(revision)]);
  const same = isDeepStrictEqual(before, after);
  const found = await Promise.all([runDiff(base, revision), same ? [] : diffFallbacks(before, after)]);
  return found.flat();
}

/** Of these changes the breaking ones that no new version announces. */
export async function findUnannounced(changes: readonly Change[], base: string, revision: string): Promise<Change[]> {
  const breaking = changes.filter(({ impact }) => impact === 'major');
  if (breaking.length === 0) return [];
  const [before, after] = await Promise.all([readContract(base), readContract(revision)]);
  return announcesVersion(before, after) ? [] : breaking;
}

/** Is there a new version, beside all the old ones? Who may still ask for every old version has not been broken. */
export function announcesVersion(base: Contract, revision: Contract): boolean {
  const [before, after] = [base, revision].map(({ components }) => components.schemas.ApiVersion?.enum ?? []);
  const kept = before?.every((version) => after?.includes(version));
  return kept === true && after?.some((version) => !before?.includes(version)) === true;
}

/** Changes to existing constraints, those that break nobody or are announced by a version included: they need a release that tells of them. */
export function findUnrecorded(changes: readonly Change[]): Change[] {
  return changes.filter(({ constraint }) => constraint);
}

export function explainUnrecorded(changes: readonly Change[]): string {
  return `The contract demands or promises something else than its last release, and no client is told:
${listChanges(changes)}
Take the change back, or record it with \`npm run release\`.`;
}

/** What to tell whoever made these changes. */
export function explainUnannounced(changes: readonly Change[]): string {
  return `The contract breaks clients of the last release, without a new Sequence-Version:
${listChanges(changes)}
Take the change back, or add a version to components.schemas.ApiVersion.enum (the old ones stay) and keep serving both.`;
}

function listChanges(changes: readonly Change[]): string {
  return changes
    .map(({ message, pointer, line }) => `  ${message}\n    at ${pointer}${line ? `, line ${line}` : ''}`)
    .join('\n');
}

async function readContract(file: string): Promise<Contract> {
  return parse(await readFile(file, 'utf8'));
}

/** What `x-fallback-responses` was called in contracts released before it had that name. */
const FORMER_NAME = 'x-outside-operations';

/** The fallback responses as an operation of their own, for Redocly does not compare extensions. References are replaced by their targets. */
async function fallbacksOf(file: string): Promise<object> {
  const contract = await readContract(file);
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
  const told = verdicts.map(({ message }) => (message.endsWith('.') ? message : `${message}.`)).join(' ');
  const missed = findMissed(change);
  const what = property === undefined ? kind : `\`${property}\` ${kind}`;
  return {
    impact: missed ? 'major' : impact,
    message: missed ?? (told || `${what} at ${path.split('/').slice(-2).join('/')}.`),
    pointer: `${path.replace(/^#/, '')}${property === undefined ? '' : `/${property}`}`,
    line: revision?.line ?? base?.line,
    // Extensions bind nobody; the fallback responses are compared on their own.
    constraint:
      kind !== 'added' &&
      !path.startsWith('#/x-') &&
      (property === undefined ? kind === 'removed' : !DESCRIPTIONS.test(property)),
  };
}

/** Properties that forbid and promise nothing. What is not known is taken for a constraint. */
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
