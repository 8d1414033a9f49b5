// Every export of the package's entries, and every member of it, has a docstring.
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { findUndocumented, readExamples } from '../../package/docstrings.ts';
import { ROOT } from '../../support/project-copy.ts';

describe('findUndocumented', () => {
  it('finds no export, member or referenced type without a docstring, and no function without an example', () => {
    const entries = [
      'openapi/client/index.ts',
      'openapi/schemas/index.ts',
      'mock/browser/index.ts',
      'server/index.ts',
      'mock/start.ts',
      'test/conformance/index.ts',
    ].map((path) => join(ROOT, path));

    expect(findUndocumented(entries)).toEqual([]);
  });

  it('finds an example for every export of the client', () => {
    const examples = [...readExamples(join(ROOT, 'openapi/client/index.ts'))];

    expect(examples.filter(([, example]) => !example)).toEqual([]);
    expect(examples.map(([name]) => name)).toContain('createClient');
  });

  it('reports missing docstrings and examples', () => {
    const text = `
      /** Explained. */
      export interface Options {
        /** Explained. */
        good: string;
        bare: number;
        kind: 'literal';
        parts: { inner: Named };
      }
      interface Named {
        /** @description Explained. */
        deep: string;
        shallow(): void;
      }
      /** Explained. */
      export function call(options: Options): void {
        const local: { ours: string } = { ours: '' };
      }
      export class Failure extends Error {
        override readonly name = 'Failure';
        #hidden = 1;
        private own = 2;
        shown = this.#hidden + this.own;
      }
      /**
       * Explained.
       * @example
       * show();
       */
      export function show(): void {}
    `;

    expect(findUndocumented(['/entry.ts'], text)).toEqual([
      'Options.bare: no docstring',
      'Options.parts: no docstring',
      'Options.parts.inner: no docstring',
      'Named: no docstring',
      'Named.shallow: no docstring',
      'call: no @example',
      'Failure: no docstring',
      'Failure.shown: no docstring',
      'Failure: no @example',
    ]);
  });
});

describe('client.POST', () => {
  it('is explained by a sentence and a signature, without the types of all responses', () => {
    const file = join(ROOT, 'test/client/hover.ts');
    const text = `import { createClient } from '../../openapi/client/index.ts';
      const client = createClient({ baseUrl: '/api' });
      client.POST('/customer-organizations', { body: { ownerId: '', memberIds: [''] } });`;
    const service = ts.createLanguageService({
      readFile: ts.sys.readFile,
      directoryExists: ts.sys.directoryExists,
      getCompilationSettings: () => ({
        ...{ module: ts.ModuleKind.NodeNext, strict: true, noEmit: true, allowImportingTsExtensions: true },
        ...{ resolveJsonModule: true, types: [] },
      }),
      getScriptFileNames: () => [file],
      getScriptVersion: () => '1',
      getScriptSnapshot: (path) => {
        const content = path === file ? text : ts.sys.readFile(path);
        return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
      },
      getCurrentDirectory: () => ROOT,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: (path) => path === file || ts.sys.fileExists(path),
    });
    const hover = service.getQuickInfoAtPosition(file, text.indexOf('POST'));
    const signature = ts.displayPartsToString(hover?.displayParts);

    expect(ts.displayPartsToString(hover?.documentation)).toBe('Sends a POST request.');
    expect(signature).toContain('Promise<ResultOf<"/customer-organizations", "post"');
    expect(signature.split('\n').length).toBeLessThan(20);
  });
});
