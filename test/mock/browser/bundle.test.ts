// The entries of the contract package as shipped: the environments that can load them, and the display of their errors.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleContract, CONTRACT_ENTRIES } from '../../../openapi/tooling/build/bundle.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entries-'));
  await bundleContract(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Loads an entry with only the language, because Jest's jsdom has neither the Fetch API nor TextEncoder. */
async function loadIn(globals: object, entry: string): Promise<Record<string, unknown>> {
  const module = { exports: {} };
  const require = createRequire(import.meta.url);
  runInContext(await readFile(join(folder, `${entry}.cjs`), 'utf8'), createContext({ ...globals, module, require }));
  return module.exports;
}

describe.each(CONTRACT_ENTRIES)('the entry %s', (entry) => {
  it('can be loaded where there is no TextEncoder', async () => {
    expect(Object.keys(await loadIn({}, entry))).not.toEqual([]);
  });

  it.each(['js', 'cjs'])(
    'has short lines as .%s, of which Node prints one for an uncaught error',
    async (extension) => {
      const lines = (await readFile(join(folder, `${entry}.${extension}`), 'utf8')).split('\n');

      // A regular expression cannot be broken: the longest of ajv-formats, for any format, has 1,200 characters.
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(1_500);
    },
  );
});

describe('the browser mock without the Fetch API', () => {
  it('is created, and says what is missing when it is called', async () => {
    const { createBrowserMock } = await loadIn({ URL }, 'mock/browser/index');
    const mock: unknown = Reflect.apply(createBrowserMock as () => unknown, undefined, []); // The entry exports it.

    const call: unknown = Object(mock).fetch('https://app.test/api/customer-organizations');

    await expect(call).rejects.toThrow('There is no Fetch API. For Jest there is the environment jest-fixed-jsdom.');
  });
});
