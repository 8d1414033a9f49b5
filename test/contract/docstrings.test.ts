// What a user of the package sees is explained where it stands: every export of its entries has a docstring, and so has
// every member.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findUndocumented, readExamples } from '../package/docstrings.ts';
import { ROOT } from '../support/project-copy.ts';

describe('the docstrings of the package', () => {
  it('explain every export, its members and the types that it names, and show how to call what is called', () => {
    const entries = ['openapi/client/index.ts', 'server/index.ts', 'mock/start.ts'].map((path) => join(ROOT, path));

    expect(findUndocumented(entries)).toEqual([]);
  });

  it('show an example of every export of the client', () => {
    const examples = [...readExamples(join(ROOT, 'openapi/client/index.ts'))];

    expect(examples.filter(([, example]) => !example)).toEqual([]);
    expect(examples.map(([name]) => name)).toContain('createClient');
  });

  it('are missed where there are none', () => {
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
      export class Fault extends Error {
        override readonly name = 'Fault';
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
      'Fault: no docstring',
      'Fault.shown: no docstring',
      'Fault: no @example',
    ]);
  });
});
