// The entries of the contract package as shipped: the environments that can load them, and the display of their errors.
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
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
function loadIn(globals: object, entry: string): Record<string, unknown> {
  const context = createContext({ ...globals });
  const load = (file: string): Record<string, unknown> => {
    const module = { exports: {} };
    const require = (name: string) => (name.startsWith('.') ? load(join(file, '..', name)) : requireInstalled(name));
    const wrapped = `(function (module, require) {${readFileSync(file, 'utf8')}\n})`;
    Reflect.apply(runInContext(wrapped, context), undefined, [module, require]);
    return module.exports;
  };
  return load(join(folder, `${entry}.cjs`));
}
const requireInstalled = createRequire(import.meta.url);

describe.each(CONTRACT_ENTRIES)('the entry %s', (entry) => {
  it('can be loaded where there is no TextEncoder', () => {
    expect(Object.keys(loadIn({}, entry))).not.toEqual([]);
  });
});

it('has short lines in every file, of which Node prints one for an uncaught error', async () => {
  const files = (await readdir(folder, { recursive: true })).filter((file) => /\.c?js$/.test(file));

  expect(files.length).toBeGreaterThanOrEqual(2 * CONTRACT_ENTRIES.length);
  for (const file of files) {
    const lines = (await readFile(join(folder, file), 'utf8')).split('\n');
    // A regular expression cannot be broken: the longest of ajv-formats, for any format, has 1,200 characters.
    expect(Math.max(...lines.map(({ length }) => length)), file).toBeLessThan(1_500);
  }
});

it('contains the validators once, in a chunk of schemas and mock', async () => {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.js'));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));

  expect(texts.filter((text) => text.includes('createCustomerOrganization_parameters'))).toHaveLength(1);
});

describe('the browser mock without the Fetch API', () => {
  it('is created, and says what is missing when it is called', async () => {
    const { createBrowserMock } = loadIn({ URL }, 'mock/browser/index');
    const mock: unknown = Reflect.apply(createBrowserMock as () => unknown, undefined, []); // The entry exports it.

    const call: unknown = Object(mock).fetch('https://app.test/api/customer-organizations');

    await expect(call).rejects.toThrow('There is no Fetch API. For Jest there is the environment jest-fixed-jsdom.');
  });
});
