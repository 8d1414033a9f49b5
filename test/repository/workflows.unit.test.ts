// The GitHub workflows, checked by GitHub's own language service: keys, types, expressions, and that actions are
// pinned.
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import { ROOT } from '../support/project-copy.ts';

/** The language service is built for bundlers: it imports JSON without the attribute that Node requires. */
const hooks = registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
});
const { validate } = await import('@actions/languageservice/validate');
hooks.deregister();

const FOLDER = '.github/workflows';
const files = (await readdir(join(ROOT, FOLDER))).map((name) => ({ path: `${FOLDER}/${name}` }));

const read = (path: string) => readFile(join(ROOT, path), 'utf8');

/** Errors and warnings, with their lines. The language service caches by URI, so each text has its own. */
async function findProblems(path: string, text: string): Promise<string[]> {
  const diagnostics = await validate(TextDocument.create(`file:///${randomUUID()}/${path}`, 'yaml', 1, text));
  return diagnostics.map(({ range, message }) => `line ${range.start.line + 1}: ${message}`);
}

it('.node-version is the version of Node that npm ci installs', async () => {
  expect((await read('.node-version')).trim()).toBe(manifest.devDependencies.node.split('.')[0]);
});

describe.each(files)('$path', ({ path }) => {
  it('is valid', async () => {
    expect(await findProblems(path, await read(path))).toEqual([]);
  });

  it.each([
    ['an unknown key', 'timeout-minutes:', 'timeout-minute:', "Unexpected value 'timeout-minute'"],
    ['an unknown context', 'github.ref ', 'github.reff ', 'Context access might be invalid: reff'],
    ['an action without a version', /uses: (\S+)@\S+/, 'uses: $1', 'Expected format {owner}/{repo}'],
  ])('is refused with %s', async (_, found, replacement, message) => {
    const text = await read(path);

    expect(text).toMatch(found);
    expect(await findProblems(path, text.replace(found, replacement))).toEqual([expect.stringContaining(message)]);
  });

  it('pins each action to a commit', async () => {
    const uses = (await read(path)).match(/uses: .*/g) ?? [];

    expect(uses.filter((each) => !/^uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(each))).toEqual([]);
    expect(uses.length).toBeGreaterThan(0);
  });

  it('grants the token read access only, and limits the duration of each job', async () => {
    const { permissions, jobs } = parse(await read(path));
    const jobList = Object.values<{ 'timeout-minutes'?: number }>(jobs);

    expect(permissions).toEqual({ contents: 'read' });
    expect(jobList.filter((job) => job['timeout-minutes'] === undefined)).toEqual([]);
  });
});
