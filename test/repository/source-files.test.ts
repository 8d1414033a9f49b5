// Rules for source files: their width, and side effects that test modules must not have.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/project-copy.ts';
import { files } from './documents.ts';

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
