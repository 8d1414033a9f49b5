// The Markdown documents against the repository: what they name exists, and what they list is complete.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { contract } from '../../generated/contract.ts';
import manifest from '../../package.json' with { type: 'json' };
import { run } from '../../server/cli/program.ts';
import { readConfig } from '../../server/config.ts';
import { createMetrics } from '../../server/ops/metrics.ts';
import { readSettings } from '../conformance/command/settings.ts';
import { ROOT, runNode } from '../support/project-copy.ts';

/** Folders that are not committed. */
const BUILT = ['node_modules', 'dist', 'data', '.git', 'generated/reference'];

/** Endings of files that a document may name without their folder. */
const FILE = /^[\w.-]+\.(ts|cjs|md|ya?ml|json|sql|css)$/;

async function listFiles(folder = ''): Promise<string[]> {
  const entries = await readdir(join(ROOT, folder), { withFileTypes: true });
  const nested = entries.map((entry) => {
    const path = join(folder, entry.name);
    if (BUILT.some((built) => path === built || path.startsWith(`${built}-`))) return [];
    return entry.isDirectory() ? listFiles(path) : [path];
  });
  return (await Promise.all(nested)).flat();
}

const files = await listFiles();
const names = new Set(files.map((file) => file.split('/').at(-1)));
const documents = await Promise.all(
  files
    .filter((file) => file.endsWith('.md'))
    .map(async (path) => ({ path, text: await readFile(join(ROOT, path), 'utf8') })),
);
const textOf = (path: string) => documents.find((each) => each.path === path)?.text ?? '';

const exists = (path: string) => existsSync(join(ROOT, path));
const isBuilt = (path: string) => BUILT.some((built) => `${path}/`.startsWith(`${built}/`));

const withoutCode = (text: string) => text.replace(/^```.*?^```$/gms, '');

/** First cells of the table below a heading, without their backticks. */
function firstCells(document: string, heading: string): string[] {
  const section = textOf(document).split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, cell = '']) => cell);
}

/** The anchors that GitHub gives the headings of a document. */
function anchorsOf(text: string): string[] {
  return [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** A context for commands, which collects what they print. */
const context = () => {
  let text = '';
  const collect = () =>
    new Writable({
      write(chunk, _encoding, done) {
        text += String(chunk);
        done();
      },
    });
  return { environment: {}, stdout: collect(), stderr: collect(), text: () => text };
};

/** The long options that a text names, sorted. */
const optionsIn = (text: string) => [...new Set(text.match(/(?<![\w-])--[a-z][\w-]*/g))].sort();

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

describe('source files', () => {
  it('have no line wider than 120 columns', async () => {
    const sources = files.filter((file) => /\.(ts|cjs|css|sql)$/.test(file) && !file.startsWith('generated/'));
    const texts = await Promise.all(sources.map((file) => readFile(join(ROOT, file), 'utf8')));
    const wide = texts.flatMap((text, index) =>
      text
        .split('\n')
        .filter((line) => line.length > 120)
        .map((line) => `${sources[index]}: ${line}`),
    );

    expect(wide).toEqual([]);
    expect(sources.length).toBeGreaterThan(300);
  });
});

// The test files of a worker share modules: a module is evaluated for the first file that imports it, and no more.
describe('modules of tests', () => {
  const isShared = (file: string) => /^test\/.*\.ts$/.test(file) && !/^test\/(slow|deploy|timing)\//.test(file);

  it('have hooks only inside functions', async () => {
    const modules = files.filter((file) => isShared(file) && !file.endsWith('.test.ts'));
    const texts = await Promise.all(modules.map((file) => readFile(join(ROOT, file), 'utf8')));
    const hooks = texts.flatMap((text, index) =>
      [...text.matchAll(/^(before|after)(All|Each)\(/gm)].map(([hook]) => `${modules[index]}: ${hook}`),
    );

    expect(hooks).toEqual([]);
    expect(modules.length).toBeGreaterThan(100);
  });

  it('are not mocked', async () => {
    const tests = files.filter((file) => isShared(file) && file.endsWith('.test.ts'));
    const texts = await Promise.all(tests.map((file) => readFile(join(ROOT, file), 'utf8')));

    expect(tests.filter((_, index) => /^ *vi\.(do)?mock\(/im.test(texts[index] ?? ''))).toEqual([]);
    expect(tests.length).toBeGreaterThan(100);
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

describe('README.md', () => {
  it('lists every npm script that is run by hand', () => {
    const [, table = ''] = textOf('README.md').split('\n## Commands\n');
    const listed = [...table.matchAll(/`npm (?:run )?([\w:-]+)[^`]*`/g)].map(([, name]) => name);
    const scripts = Object.keys(manifest.scripts);

    expect([...new Set(listed)].sort()).toEqual(scripts.sort());
  });
});

describe('test/README.md', () => {
  it('lists every folder of test/', async () => {
    const entries = await readdir(join(ROOT, 'test'), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${name}/`);

    expect(firstCells('test/README.md', 'Folders').sort()).toEqual(folders.sort());
  });
});

describe('server/README.md', () => {
  const text = textOf('server/README.md');

  it('quotes log messages as the server writes them', async () => {
    const sources = files.filter((file) => /^server\/.*\.ts$/.test(file));
    const code = (await Promise.all(sources.map((file) => readFile(join(ROOT, file), 'utf8')))).join('\n');
    const [, section = ''] = text.split('\n## Troubleshooting\n');
    const quoted = [...(section.split('\n## ')[0] ?? '').matchAll(/"([^"]+)"/g)].map(([, message = '']) => message);

    expect(quoted.length).toBeGreaterThan(0);
    expect(quoted.filter((message) => !code.includes(message))).toEqual([]);
  });

  it('lists every metric besides those of the process', async () => {
    const { text: exposed } = await createMetrics().expose();
    const metrics = [...exposed.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
    const listed = [...text.matchAll(/^\| `([a-z]+(?:_[a-z]+)+)` \|/gm)].map(([, name]) => name);

    expect(listed.sort()).toEqual(metrics.sort());
  });

  it('explains only V8 flags that npm start sets', () => {
    const flags = (
      text
        .split('\n## Capacity\n')[1]
        ?.split('\n## ')[0]
        ?.match(/`--[\w-]+`/g) ?? []
    ).map((flag) => flag.replaceAll('`', ''));

    expect(flags.filter((flag) => !manifest.scripts.start.includes(flag))).toEqual([]);
  });
});

describe('the settings in server/README.md', () => {
  const rows = [...textOf('server/README.md').matchAll(/^\| `([A-Z_]+)` \| (?:`([^`]+)`|none) \|/gm)].map(
    ([, name = '', value]) => ({ name, value }),
  );

  it('are those that the server reads', () => {
    const read = new Set<string>();
    readConfig(
      new Proxy<Record<string, string | undefined>>(
        {},
        {
          get(_, name) {
            read.add(String(name));
            return undefined;
          },
        },
      ),
    );

    expect(rows.map(({ name }) => name).sort()).toEqual([...read].sort());
  });

  it.each(rows)('have the right default: $name', ({ name, value }) => {
    expect(readConfig({ [name]: value })).toEqual(readConfig({}));
  });
});

describe('the commands', () => {
  const commands = firstCells('server/README.md', 'Commands').map((cell) => cell.replace('npm run server -- ', ''));

  it.each(commands)('exist with the options shown: %s', async (command) => {
    const words = command.split(' ').filter((word) => /^[a-z]/.test(word));
    const help = context();

    expect(await run([...words, '--help'], help)).toBe(0);
    expect(optionsIn(help.text())).toEqual(expect.arrayContaining(optionsIn(command)));
  });

  /** The commands of the server, or of one group of them. */
  async function listCommands(...group: string[]): Promise<string[]> {
    const help = context();
    await run([...group, '--help'], help);
    const [, list = ''] = help.text().split('\nCommands:\n');
    const found = [...list.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name = '']) => name);
    return found.filter((name) => name !== 'help');
  }

  it('are all that the server has, besides serve', async () => {
    const groups = (await listCommands()).filter((name) => name !== 'serve');
    const all = groups.map(async (group) => {
      const own = await listCommands(group);
      return own.length > 0 ? own.map((name) => `${group} ${name}`) : [group];
    });
    const documented = commands.map((command) => command.match(/^[a-z]+( [a-z]+)?/)?.[0]);

    expect(documented.sort()).toEqual((await Promise.all(all)).flat().sort());
  });
});

describe('options', () => {
  it('of the conformance command are those in its README.md', () => {
    const help = context();

    expect(() => readSettings(contract, ['--help'], help)).toThrow();
    expect(firstCells('test/conformance/README.md', 'Options').flatMap(optionsIn).sort()).toEqual(
      optionsIn(help.text()).filter((name) => !['--help', '--version'].includes(name)),
    );
  });

  it('of the mock are those in mock/README.md', async () => {
    const help = await runNode(['mock/main.ts', '--help'], { cwd: ROOT });

    expect(firstCells('mock/README.md', 'Options').sort()).toEqual(optionsIn(help.stdout));
  });
});

describe('the benchmarks', () => {
  it('are those that test/bench/README.md and README.md list', async () => {
    const source = await readFile(join(ROOT, 'test/bench/main.ts'), 'utf8');
    const benchmarks = [...source.matchAll(/import\('\.\/(?:[\w-]+\/)?([\w-]+)\.ts'\)/g)]
      .map(([, name]) => name)
      .sort();
    const [, row = ''] = /^\| `npm run bench -- NAME` \|(.+)$/m.exec(textOf('README.md')) ?? [];
    const listed = [...textOf('test/bench/README.md').matchAll(/^\| `([\w-]+)[^`]*` \|/gm)].map(([, name]) => name);

    expect([...new Set(listed)].sort()).toEqual(benchmarks);
    expect([...row.matchAll(/`([\w-]+)`/g)].map(([, name]) => name).sort()).toEqual(benchmarks);
  });
});
