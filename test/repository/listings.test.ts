// The lists in the documents are complete: commands, settings, metrics, folders, options and benchmarks.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { contract } from '../../generated/contract.ts';
import manifest from '../../package.json' with { type: 'json' };
import { run } from '../../server/cli/program.ts';
import { readConfig } from '../../server/config.ts';
import { createMetrics } from '../../server/ops/metrics.ts';
import { readSettings } from '../conformance/command/settings.ts';
import { ROOT, runNode } from '../support/project-copy.ts';
import { files, textOf } from './documents.ts';

/** The first cells of the table below a heading, without backticks. */
function firstCells(document: string, heading: string): string[] {
  const section = textOf(document).split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, cell = '']) => cell);
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
    expect(optionsIn(help.text())).toEqual(expect.arrayContaining([...optionsIn(command), '--json']));
    // Said once, above the table.
    expect(command).not.toContain('--json');
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
  it('lists the options of the conformance command in its README.md', () => {
    const help = context();

    expect(() => readSettings({ contract, older: [] }, ['--help'], help)).toThrow();
    expect(firstCells('test/conformance/README.md', 'Options').flatMap(optionsIn).sort()).toEqual(
      optionsIn(help.text()).filter((name) => !['--help', '--version'].includes(name)),
    );
  });

  it('lists the options of the mock in mock/README.md', async () => {
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
