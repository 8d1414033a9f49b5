// The Markdown documents: everything that they name or link to exists.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { ROOT } from '../support/project-copy.ts';
import { BUILT, documents, files, textOf } from './documents.ts';

/** Extensions of files that a document may name without their folder. */
const FILE = /^[\w.-]+\.(ts|cjs|md|ya?ml|json|sql|css)$/;

const names = new Set(files.map((file) => file.split('/').at(-1)));

const exists = (path: string) => existsSync(join(ROOT, path));

const isBuilt = (path: string) => BUILT.some((built) => `${path}/`.startsWith(`${built}/`));

const withoutCode = (text: string) => text.replace(/^```.*?^```$/gms, '');

/** The anchors that GitHub gives the headings of a document. */
function anchorsOf(text: string): string[] {
  return [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(documents)('$path', ({ path, text }) => {
  it('names only npm scripts that exist', () => {
    const named = [...text.matchAll(/npm (?:run (?:-s )?([\w:-]+)|(start|test)\b)/g)].map(
      ([, script, own]) => script ?? own,
    );

    expect(named.filter((name) => !Object.keys(manifest.scripts).includes(String(name)))).toEqual([]);
  });

  it('links only to files and headings that exist', () => {
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^https?:/.test(target));
    const broken = targets.filter((target) => {
      const [file = '', anchor] = target.split('#');
      const linked = file === '' ? path : join(dirname(path), file);
      return !exists(linked) || (anchor !== undefined && !anchorsOf(textOf(linked)).includes(anchor));
    });

    expect(broken).toEqual([]);
  });

  it('names only paths that exist', async () => {
    const folders = [ROOT, join(ROOT, dirname(path))];
    const roots = (await Promise.all(folders.map((folder) => readdir(folder)))).flat();
    const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
    const code = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) => block.split(/\s+/));
    const named = [...spans, ...code].filter(
      (span) =>
        FILE.test(span) ||
        (/^\.?[\w-]+(\/[\w.-]+)*\/?$/.test(span) &&
          span.includes('/') &&
          (span.endsWith('/') || roots.includes(String(span.split('/')[0])))),
    );

    const missing = named.filter(
      (span) => !exists(span) && !exists(join(dirname(path), span)) && !isBuilt(span) && !names.has(span),
    );
    expect(missing).toEqual([]);
  });
});

// `npm run release` writes the changelog, one line for each change.
describe.each(documents.filter(({ path }) => path !== 'CHANGELOG.md'))('$path', ({ text }) => {
  it('has no prose wider than 120 columns', () => {
    const prose = withoutCode(text).split('\n');

    expect(prose.filter((line) => line.length > 120 && !line.startsWith('|'))).toEqual([]);
  });
});

describe('test/README.md', () => {
  it('runs a test by a title that exists', async () => {
    const titles = [...textOf('test/README.md').matchAll(/ -t '([^']+)'/g)].map(([, title = '']) => title);
    const tests = files.filter((file) => file.startsWith('test/') && file.endsWith('.test.ts'));
    const texts = await Promise.all(tests.map((file) => readFile(join(ROOT, file), 'utf8')));

    expect(titles).not.toEqual([]);
    expect(titles.filter((title) => !texts.some((text) => text.includes(`it('${title}`)))).toEqual([]);
  });

  it('names the files of the conformance suite from its folder', () => {
    const table = textOf('test/README.md').split('\n## Conformance cases\n')[1]?.split('\n## ')[0] ?? '';
    const named = [...table.matchAll(/^\|.*\|(.+)\|$/gm)].flatMap(([, cell = '']) =>
      cell.match(/(?<=`)[\w./-]+(?=`)/g),
    );

    expect(named.length).toBeGreaterThan(20);
    expect(
      named.filter((path) => path && path !== 'test/conformance/' && !exists(join('test/conformance', path))),
    ).toEqual([]);
  });
});

describe('server/store/postgres/DISTRIBUTION.md', () => {
  it('names only statements that exist', async () => {
    const document = textOf('server/store/postgres/DISTRIBUTION.md');
    const statements = await readFile(join(ROOT, 'server/store/postgres/statements.ts'), 'utf8');
    const named = [...document.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, name = '']) => name);

    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !statements.includes(`export const ${name} = `))).toEqual([]);
  });
});
