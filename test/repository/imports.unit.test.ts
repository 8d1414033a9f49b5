// The direction of imports, including type-only ones: there are no cycles, and each room imports only what it may.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/project-copy.ts';

/** The modules that each module imports, by path from the root of the repository. */
const imports = new Map(
  ['generated', 'mock', 'openapi', 'server', 'test'].flatMap(listModules).map((path) => [path, importsOf(path)]),
);

function listModules(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts') && statSync(join(ROOT, path)).isFile());
}

function importsOf(path: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(ROOT, path), 'utf8'));
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => normalize(join(dirname(path), fileName)));
}

/** What the mock shares with the server: the rules of organizations, and parts of the edge without Express. */
const RULES = ['server/api/(organization-rules|unknown-customers)\\.ts'];
const EDGE_PARTS = ['server/edge/(errors|credentials|options)\\.ts'];

/** A pattern for paths that begin with one of the given ones, each a regular expression. */
const within = (...paths: string[]) => new RegExp(`^(${paths.join('|')})`);

/** Returns a cycle as the list of its nodes, or undefined. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (node: string, trail: string[]): string[] | undefined => {
    if (trail.includes(node)) return [...trail.slice(trail.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...trail, node]);
      if (cycle) return cycle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node, []);
    if (cycle) return cycle;
  }
  return undefined;
}

/**
 * The folders that contain folders. Not `test` itself: its support validates responses as the conformance suite does,
 * whose own tests use that support.
 */
const FOLDERS = [...new Set([...imports.keys()].map((path) => dirname(dirname(path))))].filter(
  (folder) => !['.', 'test'].includes(folder),
);

/** The room of a module: its folder in this one. Modules of the folder itself compose the rooms. */
const roomOf = (path: string, folder: string) =>
  dirname(path) === folder ? path : join(folder, path.slice(folder.length + 1).split('/')[0] ?? '');

describe('imports', () => {
  it('finds imports of every kind', () => {
    expect(imports.get('server/cli/commands/customers.ts')).toEqual(
      expect.arrayContaining(['server/cli/context.ts', 'server/cli/with-store.ts', 'server/import/source.ts']),
    );
    expect(
      findCycle(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['b']],
        ]),
      ),
    ).toEqual(['b', 'c', 'b']);
  });

  it('have no cycle between modules', () => {
    expect(findCycle(imports)).toBeUndefined();
  });

  it.each(FOLDERS)('have no cycle between the rooms of %s', (folder) => {
    const rooms = new Map<string, string[]>();
    for (const [path, imported] of imports) {
      if (!path.startsWith(`${folder}/`)) continue;
      const room = roomOf(path, folder);
      const within = imported.filter((other) => other.startsWith(`${folder}/`));
      const others = within.map((other) => roomOf(other, folder)).filter((other) => other !== room);
      rooms.set(room, [...(rooms.get(room) ?? []), ...others]);
    }

    expect(findCycle(rooms)).toBeUndefined();
  });

  it.each([
    ['openapi/model', /^(openapi\/model|openapi\/openapi\.yaml)/],
    ['generated', /^(generated|openapi\/model)/],
    ['server/text', /^server\/text/],
    ['server/sqlite', /^server\/sqlite/],
    [
      'server/store',
      /^(server\/(store|sqlite)\/|openapi\/command\/command-name\.ts|generated\/(limits|operations)\.ts)/,
    ],
    ['server/import', /^server\/(import|sqlite|text|store\/(records|store|store-errors)\.ts)/],
    ['server/versions', /^(server\/versions\/|generated|openapi\/model)/],
    ['server/edge', /^(server\/(edge|text|versions)\/|server\/startup-error\.ts|generated|openapi\/model)/],
    ['server/http', /^server\/(http|edge|text|startup-error\.ts)/],
    ['server/auth', /^server\/(auth\/|edge\/options\.ts|store\/(records|store)\.ts)/],
    ['server/rate-limits', /^server\/(rate-limits\/|edge\/|store\/store\.ts)/],
    ['server/ops', /^server\/(edge|http|ops|store)\//],
    ['server/site', /^(server\/(edge|site)\/|openapi\/command\/command-name\.ts)/],
    ['server/demo', /^(server\/(auth|demo|store\/(records|store)\.ts)|generated)/],
    ['server/api', /^(server\/(api|auth|edge|text|store\/(records|store|store-errors)\.ts)|generated)/],
    ['mock/core', within('mock/core', 'generated', 'openapi/model', ...RULES, 'server/text/', ...EDGE_PARTS)],
    [
      'mock',
      within(
        ...['mock', 'generated', 'openapi/model', 'openapi/(command/)?[\\w-]+\\.ts', ...RULES],
        ...['server/startup-error\\.ts', 'server/(edge|http|ops|site|text|versions)/'],
      ),
    ],
  ])('stay within what %s may import: %s', (folder, allowed) => {
    const others = [...imports]
      .filter(([path]) => path.startsWith(`${folder}/`))
      .flatMap(([path, imported]) => imported.map((other) => `${path} imports ${other}`))
      .filter((line) => !allowed.test(line.split(' imports ')[1] ?? ''));

    expect(others).toEqual([]);
  });
});
