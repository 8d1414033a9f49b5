// The GitHub workflows and actions, checked by GitHub's own language service: keys, types, expressions, and that
// actions are pinned.
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

const list = async (folder: string) => (await readdir(join(ROOT, folder))).map((name) => `${folder}/${name}`);
const workflows = (await list('.github/workflows')).map((path) => ({ path }));
const actions = (await list('.github/actions')).map((folder) => ({ path: `${folder}/action.yml` }));

const read = (path: string) => readFile(join(ROOT, path), 'utf8');

/** Errors and warnings, with their lines. The language service caches by URI, so each text has its own. */
async function findProblems(path: string, text: string): Promise<string[]> {
  const diagnostics = await validate(TextDocument.create(`file:///${randomUUID()}/${path}`, 'yaml', 1, text));
  return diagnostics.map(({ range, message }) => `line ${range.start.line + 1}: ${message}`);
}

it('.node-version is the version of Node that npm ci installs', async () => {
  expect((await read('.node-version')).trim()).toBe(manifest.devDependencies.node.split('.')[0]);
});

describe.each([...workflows, ...actions])('$path', ({ path }) => {
  it('is valid', async () => {
    expect(await findProblems(path, await read(path))).toEqual([]);
  });

  it('pins each action to a commit', async () => {
    const uses = (await read(path)).match(/uses: .*/g) ?? [];

    expect(uses.filter((each) => !/^uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(each))).toEqual([]);
    expect(uses.length).toBeGreaterThan(0);
  });
});

describe.each(workflows)('the workflow $path', ({ path }) => {
  it.each([
    ['an unknown key', 'timeout-minutes:', 'timeout-minute:', "Unexpected value 'timeout-minute'"],
    ['an unknown context', 'github.ref ', 'github.reff ', 'Context access might be invalid: reff'],
    ['an action without a version', /uses: (\S+)@\S+/, 'uses: $1', 'Expected format {owner}/{repo}'],
  ])('is rejected with %s', async (_, found, replacement, message) => {
    const text = await read(path);

    expect(text).toMatch(found);
    expect(await findProblems(path, text.replace(found, replacement))).toEqual([expect.stringContaining(message)]);
  });

  it('grants the token read access only, and limits the duration of each job', async () => {
    const { permissions, jobs } = parse(await read(path));
    const jobList = Object.values<{ 'timeout-minutes'?: number }>(jobs);

    expect(permissions).toEqual({ contents: 'read' });
    expect(jobList.filter((job) => job['timeout-minutes'] === undefined)).toEqual([]);
  });
});

describe.each(actions)('the action $path', ({ path }) => {
  it.each([
    ['an unknown key', 'using: composite', 'using: composite\n  usnig: x', "Unexpected value 'usnig'"],
    ['a step without a shell', /^ +shell: bash\n/m, '', 'shell'],
  ])('is rejected with %s', async (_, found, replacement, message) => {
    const text = await read(path);

    expect(text).toMatch(found);
    expect(await findProblems(path, text.replace(found, replacement))).toEqual([expect.stringContaining(message)]);
  });

  it('uses each input that it declares, and no other', async () => {
    const text = await read(path);
    const used = [...text.matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name);

    expect([...new Set(used)].sort()).toEqual(Object.keys(parse(text).inputs).sort());
  });

  it('has no expression in a script, where the text of an input would be run', async () => {
    const { runs } = parse(await read(path));
    const scripts = runs.steps.map(({ run = '' }: { run?: string }) => run);

    expect(scripts.join('')).not.toBe('');
    expect(scripts.filter((script: string) => script.includes('${{'))).toEqual([]);
  });
});
