// The list of live versions: the files of releases beside the contract, and the contract itself.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contract } from '../../generated/contract.ts';
import type { Contract, Deprecation } from '../../openapi/model/contract.ts';
import { ContractError } from '../../openapi/model/contract-error.ts';
import { completeContract } from '../../openapi/model/load/complete-contract.ts';
import { loadContract } from '../../openapi/model/load/load-contract.ts';
import { loadOlderContracts } from '../../openapi/model/load/load-older-contracts.ts';
import { readOperationTables } from '../../openapi/model/operation-tables.ts';
import { deprecationHeaders } from '../../openapi/model/versions/deprecation.ts';
import { findLastRelease, findReleased, readLiveVersions } from '../../openapi/model/versions/released-versions.ts';
import { ROOT } from '../support/project-copy.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Setup {
  info: string;
  listed: string[];
  files: string[];
}

/** A folder with the releases `files`, beside the contract that is returned. */
async function setUp({ info, listed, files }: Setup) {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'openapi.yaml');
  await mkdir(join(folder.path, 'versions'));
  for (const name of files) await writeFile(join(folder.path, 'versions', name), '');
  const changed: Contract = structuredClone(contract);
  changed.info.version = info;
  changed.components.schemas.ApiVersion = { type: 'string', enum: listed };
  const example = `"example": "${listed[0]}"`;
  // YAML includes JSON.
  await writeFile(path, JSON.stringify(changed, null, 2).replaceAll('"example": "2024-07-30"', example));
  return { path, contract: changed, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

describe('the live versions', () => {
  it('are the releases and info.version, oldest first', async () => {
    const listed = ['2024-07-30', '2025-06-01', '2026-01-02'];
    await using setup = await setUp({ info: '2026-01-02', listed, files: ['2025-06-01.yaml', '2024-07-30.yaml'] });

    expect(await readLiveVersions(setup.path, setup.contract)).toEqual(listed);
    expect((await findReleased(setup.path)).map(({ version }) => version)).toEqual(['2024-07-30', '2025-06-01']);
    expect((await findLastRelease(setup.path))?.path).toMatch(/versions\/2025-06-01\.yaml$/);
  });

  it('count a version once that is both released and the newest', async () => {
    const files = ['2024-07-30.yaml', 'README.md', '2024-07-30.yaml.orig', '.gitkeep', '2024-07-30.yaml~'];
    await using setup = await setUp({ info: '2024-07-30', listed: ['2024-07-30'], files });

    expect(await readLiveVersions(setup.path, setup.contract)).toEqual(['2024-07-30']);
  });

  it('are those that the contract lists when nothing was released', async () => {
    await using setup = await setUp({ info: '1.0.0', listed: ['2025-06-01', '2024-07-30'], files: [] });

    expect(await readLiveVersions(setup.path, setup.contract)).toEqual(['2024-07-30', '2025-06-01']);
  });

  it.each<[string, Setup, RegExp]>([
    [
      'a released version that the contract does not list',
      { info: '2025-06-01', listed: ['2025-06-01'], files: ['2024-07-30.yaml'] },
      /^The live versions are 2024-07-30, 2025-06-01: .* `enum: \["2024-07-30", "2025-06-01"\]`/,
    ],
    [
      'a listed version that was never released',
      { info: '2025-06-01', listed: ['2023-01-01', '2025-06-01'], files: ['2025-06-01.yaml'] },
      /^The live versions are 2025-06-01: /,
    ],
    [
      'versions that are not listed oldest first',
      { info: '2025-06-01', listed: ['2025-06-01', '2024-07-30'], files: ['2024-07-30.yaml'] },
      /^The live versions are 2024-07-30, 2025-06-01: .*oldest first/,
    ],
    [
      'an info.version older than a release',
      { info: '2024-07-30', listed: ['2024-07-30', '2025-06-01'], files: ['2024-07-30.yaml', '2025-06-01.yaml'] },
      /^info\.version is 2024-07-30, but versions\/2025-06-01\.yaml was released\./,
    ],
  ])('are rejected for %s, with a remedy', async (_, given, message) => {
    await using setup = await setUp(given);

    const error = await readLiveVersions(setup.path, setup.contract).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ContractError);
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
  });

  it('are rejected in one line with their place', async () => {
    await using setup = await setUp({ info: '2025-06-01', listed: ['2024-07-30'], files: ['2024-07-30.yaml'] });

    const error = await loadContract(setup.path).catch((thrown: unknown) => thrown);

    expect(String(error)).toMatch(
      /^ContractError: \S+openapi\.yaml:\d+:\d+ at #\/components\/schemas\/ApiVersion\/enum: The live [^\n]+$/,
    );
  });

  it.each([
    ['a day that does not exist', '2025-02-30'],
    ['a letter after the day', '2025-07-30b'],
    ['a month without a zero', '2025-7-30'],
    ['a time', '2025-07-30T00:00:00Z'],
  ])('are rejected in one line when info.version has %s', async (_, version) => {
    for (const files of [[], ['2024-07-30.yaml']]) {
      await using setup = await setUp({ info: version, listed: ['2024-07-30', version], files });

      const error = await readLiveVersions(setup.path, setup.contract).catch((thrown: unknown) => thrown);

      expect(error).toBeInstanceOf(ContractError);
      expect(error).toMatchObject({
        message: expect.stringMatching(/^A version is named by [^\n]+ "2026-01-31"\.$/),
        pointer: '/info/version',
      });
    }
  });

  it.each([
    '2024-07-30b.yaml',
    '2024-7-30.yaml',
    '2024-07-30.yml',
    '2024-07-30.YAML',
    '2024-07-30.json',
    '2024-07-30 (copy).yaml',
    '2024-07-30',
    '2025-02-30.yaml',
    'latest.yaml',
  ])('are rejected in one line when versions/ has a file %s', async (name) => {
    await using setup = await setUp({ info: '2024-07-30', listed: ['2024-07-30'], files: ['2024-07-30.yaml', name] });

    const error = await readLiveVersions(setup.path, setup.contract).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ContractError);
    const { message } = error instanceof ContractError ? error : new Error();
    expect(message).toMatch(/^\S+versions\/[^\n]+ is not named after a day, and [^\n]+ out of versions\/\.$/);
    expect(message).toContain(`versions/${name} is`);
  });

  it.each(['2024-07-31.yaml', 'drafts'])('are rejected in one line when versions/ has a folder %s', async (name) => {
    await using setup = await setUp({ info: '2024-07-30', listed: ['2024-07-30'], files: ['2024-07-30.yaml'] });
    await mkdir(join(setup.path, '../versions', name));

    await expect(findReleased(setup.path)).rejects.toThrow(/^\S+versions\/\S+ is a folder, and [^\n]+\.$/);
  });

  it('are rejected in one line when versions is a file', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'versions'), '');

    await expect(findReleased(join(folder.path, 'openapi.yaml'))).rejects.toThrow(
      /^\S+versions cannot be read [^\n]+$/,
    );
  });

  it.each([
    ['empty', ' \n', /:1:1 at #\/: The file is empty\. Restore it, or delete it to retire 2024-07-30\.$/],
    ['a comment', '# Nothing', /:1:1 at #\/info\/version: Write "2024-07-30", as in the name of the file\.$/],
    ['of another version', 'info: { version: "2024-07-31" }', /: Write "2024-07-30", as in the name/],
    ['of a version that is a number', 'info: { version: 2024 }', /: Write "2024-07-30", as in the name/],
    ['a list', '- info', /: Write "2024-07-30", as in the name/],
    ['no YAML', 'info: { version: "2024-07-30"', /:1:1 at #\/: The file cannot be read as YAML: [^\n]+$/],
  ])('are rejected in one line when a released file is %s', async (_, text, message) => {
    await using setup = await setUp({ info: '2024-07-30', listed: ['2024-07-30'], files: ['2024-07-30.yaml'] });
    await writeFile(join(setup.path, '../versions/2024-07-30.yaml'), text);

    const error = await loadOlderContracts(setup.path, setup.contract).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ContractError);
    expect(String(error)).toMatch(message);
  });

  it('have a release in this project that is the contract or older', async () => {
    const path = join(ROOT, 'openapi/openapi.yaml');
    const last = await findLastRelease(path);

    expect(last && last.version <= contract.info.version).toBe(true);
  });
});

describe('x-deprecation', () => {
  const announcing = (deprecation: object): Contract => ({
    ...contract,
    // Values that YAML allows there.
    'x-deprecation': deprecation as Deprecation,
  });

  it.each<[string, object, string, RegExp]>([
    ['a day that does not exist', { deprecatedAt: '2025-02-31' }, 'deprecatedAt', /such as "2026-01-31"/],
    ['a month that does not exist', { deprecatedAt: '2025-13-01' }, 'deprecatedAt', /such as "2026-01-31"/],
    ['no date', { sunsetAt: '2025-01-01' }, 'deprecatedAt', /such as "2026-01-31"/],
    ['a time', { deprecatedAt: '2025-01-01T00:00:00Z' }, 'deprecatedAt', /such as "2026-01-31"/],
    ['a sunset before', { deprecatedAt: '2025-02-01', sunsetAt: '2025-01-31' }, 'sunsetAt', /not before/],
    ['a URL that would break its header', { deprecatedAt: '2025-02-01', link: 'https://a>b' }, 'link', /absolute URL/],
    ['a relative URL', { deprecatedAt: '2025-02-01', link: '/versions' }, 'link', /absolute URL/],
  ])('is rejected with its place when it has %s', (_, deprecation, field, message) => {
    const rejected = expect.objectContaining({
      message: expect.stringMatching(message),
      pointer: `/x-deprecation/${field}`,
    });

    expect(() => deprecationHeaders(announcing(deprecation))).toThrow(rejected);
  });

  it.each<[string, unknown, string, string]>([
    ['nothing', null, '', '`x-deprecation` must be a mapping. Write `deprecatedAt`'],
    ['a date alone', '2026-01-31', '', '`x-deprecation` must be a mapping. '],
    ['a list', [{ deprecatedAt: '2026-01-31' }], '', '`x-deprecation` must be a mapping. '],
    ['false', false, '', '`x-deprecation` must be a mapping. '],
    ['no field', {}, '', 'Write `deprecatedAt` as a date'],
    [
      'a sunset that is empty',
      { deprecatedAt: '2026-01-31', sunsetAt: null },
      '/sunsetAt',
      'Write `sunsetAt` as a date',
    ],
    ['a link that is empty', { deprecatedAt: '2026-01-31', link: null }, '/link', 'Write `link` as an absolute URL'],
    ...['sunsetOn', 'SunsetAt', 'deprecatedSince', 'Link', 'x-note'].map((name): [string, unknown, string, string] => [
      `the key ${name}`,
      { deprecatedAt: '2026-01-31', [name]: '2027-01-31' },
      `/${name}`,
      `\`x-deprecation\` has no \`${name}\`. Write \`deprecatedAt\`, and optionally \`sunsetAt\` and \`link\`.`,
    ]),
  ])('is rejected with its line when it has %s', async (_, deprecation, pointer, message) => {
    await using setup = await setUp({ info: '2024-07-30', listed: ['2024-07-30'], files: [] });
    await writeFile(setup.path, JSON.stringify({ ...setup.contract, 'x-deprecation': deprecation }, null, 2));

    const error = await loadContract(setup.path).catch((thrown: unknown) => thrown);

    const [, line, found, text] = /openapi\.yaml:(\d+):\d+ at #(\S*): (.*)$/.exec(String(error)) ?? [];
    expect([found, text]).toEqual([`/x-deprecation${pointer}`, expect.stringContaining(message)]);
    expect(Number(line)).toBeGreaterThan(1);
  });

  it('is rejected in one line with its place', async () => {
    await using setup = await setUp({ info: '2024-07-30', listed: ['2024-07-30'], files: [] });
    await writeFile(setup.path, JSON.stringify({ ...setup.contract, 'x-deprecation': { deprecatedAt: 'soon' } }));

    const error = await loadContract(setup.path).catch((thrown: unknown) => thrown);

    expect(String(error)).toMatch(
      /^ContractError: \S+openapi\.yaml:\d+:\d+ at #\/x-deprecation\/deprecatedAt: Write `deprecatedAt` as [^\n]+$/,
    );
  });

  it('declares its headers in every response', () => {
    const announced = structuredClone(announcing({ deprecatedAt: '2025-02-01', sunsetAt: '2025-02-01' }));

    completeContract(announced);

    const { edgeHeaders } = readOperationTables(announced);
    expect(edgeHeaders).toEqual(['Sequence-Version', 'X-Request-Id', 'Deprecation', 'Sunset']);
  });
});
