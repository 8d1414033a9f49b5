// The breaking-change gate on files: the contract of this project, and `npm run breaking-changes`.
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { contract } from '../../../generated/contract.ts';
import { checkVersions } from '../../../openapi/breaking-changes/check-versions.ts';
import { findBreaking, findChanges } from '../../../openapi/breaking-changes/find-changes.ts';
import { findBases, readVersionStates } from '../../../openapi/breaking-changes/read-versions.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { type Ran, ROOT, runNode } from '../../support/project-copy.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const CURRENT = join(ROOT, 'openapi/openapi.yaml');

describe('openapi.yaml', () => {
  it('does not break clients of a released version, and records every changed constraint', async () => {
    const violations = (await readVersionStates(ROOT, await findBases(ROOT))).flatMap(checkVersions);

    expect(violations.map(({ file, pointer, message }) => `${file} at ${pointer}: ${message}`)).toEqual([]);
  });
});

/** Breaking changes, with the message and the text of the line that the gate reports. */
const BREAKING: [search: string | RegExp, replacement: string, message: string, line: RegExp][] = [
  ['maxItems: 10000', 'maxItems: 9999', '`maxItems` of `memberIds` changed from `10000` to `9999`', /maxItems: 9999/],
  [
    'required: [id, owner, members]',
    'required: [id, owner]',
    '`members` of responses is no longer required',
    /required: \[id, owner\]/,
  ],
  [/ *"409":\n.*\n/, '', 'Response `409` was removed', /^ {6}responses:/],
  ['enum: [Unauthorized]', 'enum: [Unauthorized, Expired]', '`type` can be `"Expired"`', /Unauthorized, Expired/],
  [
    /(Challenge:[\s\S]*?)required: true/,
    '$1required: false',
    'WWW-Authenticate of response `401` is no longer sent',
    /required: false/,
  ],
  ['enum: [NotFound]', 'enum: [NotFound, Gone]', '`type` can be `"Gone"`', /NotFound, Gone/],
];

/** The contract with these edits. */
async function withEdits(edits: typeof BREAKING) {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  let text = await readFile(CURRENT, 'utf8');
  for (const [search, replacement] of edits) {
    const changed = text.replace(search, replacement);
    expect(changed).not.toBe(text);
    text = changed;
  }
  const path = join(folder.path, 'openapi.yaml');
  await writeFile(path, text);
  return { folder: folder.path, path, lines: text.split('\n') };
}

describe('findChanges', () => {
  it('reports each breaking change with a message and its line', async () => {
    const { path, lines } = await withEdits(BREAKING);

    const found = findBreaking(await findChanges(CURRENT, path));

    for (const [, , message, line] of BREAKING) {
      const change = found.find((each) => each.message.includes(message));
      expect(change?.file, message).toBe(path);
      expect(lines[(change?.line ?? 0) - 1]).toMatch(line);
    }
    expect(found).toHaveLength(BREAKING.length);
  });

  it('names the file of a part', async () => {
    const { folder, path } = await withEdits([]);
    const document = parse(await readFile(path, 'utf8'));
    const part = join(folder, 'body.yaml');
    const schema = document.components.schemas.NewCustomerOrganization;
    schema.properties.memberIds.maxItems = 9999;
    const text = stringify(schema).replaceAll('"#/', '"openapi.yaml#/').replaceAll(/ #\//g, ' openapi.yaml#/');
    await writeFile(part, text);
    document.components.schemas.NewCustomerOrganization = { $ref: 'body.yaml' };
    await writeFile(path, stringify(document));

    const [change, ...others] = await findChanges(CURRENT, path);

    expect(others).toEqual([]);
    expect(change?.file).toBe(part);
    expect(text.split('\n')[(change?.line ?? 0) - 1]).toBe('    maxItems: 9999');
  });
});

describe('npm run breaking-changes', () => {
  let edited: { folder: string; path: string };
  let ran: Ran;
  const run = (args: string[], env: NodeJS.ProcessEnv = {}) =>
    runNode([...manifest.scripts['breaking-changes'].split(' ').slice(1), ...args], {
      cwd: ROOT,
      env: { ...process.env, GITHUB_ACTIONS: '', ...env },
    });
  beforeAll(async () => {
    const folder = await temporaryFolder();
    const path = join(folder.path, 'new.yaml');
    const text = (await readFile(CURRENT, 'utf8')).replace('maxItems: 10000', 'maxItems: 9999');
    await writeFile(path, text);
    edited = { folder: folder.path, path };
    ran = await run([CURRENT, path, '--json', '--sarif', join(folder.path, 'gate.sarif')], { GITHUB_ACTIONS: 'true' });
    return () => folder[Symbol.asyncDispose]();
  });

  const finding = {
    rule: 'breaking-change',
    pointer: '/components/schemas/NewCustomerOrganization/properties/memberIds/maxItems',
    message: '`maxItems` of `memberIds` changed from `10000` to `9999`: requests that were valid are rejected.',
    remedy: 'Accept what was accepted, or make it in a new version.',
  };

  it('exits with 1 and prints JSON when clients break', () => {
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({ findings: [{ ...finding, file: edited.path }] });
  });

  it('annotates the line in a workflow of GitHub', async () => {
    const { findings } = JSON.parse(ran.stdout);
    const line = (await readFile(edited.path, 'utf8')).split('\n')[findings[0].line - 1];

    expect(line).toMatch(/maxItems: 9999/);
    expect(ran.stderr).toBe(
      `::error file=${edited.path},line=${findings[0].line},title=breaking-change::` +
        `${finding.message} ${finding.remedy}%0Aat #${finding.pointer}\n`,
    );
  });

  it('writes SARIF', async () => {
    const { version, runs } = JSON.parse(await readFile(join(edited.folder, 'gate.sarif'), 'utf8'));

    expect(version).toBe('2.1.0');
    expect(runs[0].results).toMatchObject([
      {
        ruleId: 'breaking-change',
        level: 'error',
        message: { text: `${finding.message} ${finding.remedy}` },
        locations: [{ physicalLocation: { artifactLocation: { uri: edited.path } } }],
      },
    ]);
    const rules = runs[0].tool.driver.rules.map(({ id }: { id: string }) => id);
    expect(rules).toContain('breaking-change');
  });

  it('exits with 0 and prints the changelog with --changelog', async () => {
    expect(await run(['--changelog', CURRENT, edited.path])).toEqual({
      code: 0,
      stdout: `- Breaks clients: ${finding.message} (\`${finding.pointer}\`)\n`,
      stderr: '',
    });
  });

  it.each<[string, (text: string) => string, RegExp]>([
    [
      'a reference that leads nowhere',
      (text) => text.replace('#/components/schemas/CustomerId"', '#/components/schemas/CustmerId"'),
      /^\S+other\.yaml:\d+:\d+ at #\/components\/schemas\/\S+: The reference `#\/components\/schemas\/CustmerId` leads/,
    ],
    ['Swagger 2.0', (text) => text.replace(/^openapi: .*/, 'swagger: "2.0"'), /OpenAPI 2\.0 is not supported/],
    ['OpenAPI 3.0', (text) => text.replace(/^openapi: .*/, 'openapi: 3.0.3'), /OpenAPI 3\.0\.3 is not supported/],
    [
      'another dialect of JSON Schema',
      (text) => text.replace(/^info:/m, 'jsonSchemaDialect: https://dialect.example\ninfo:'),
      /jsonSchemaDialect/,
    ],
  ])('exits with 2 for %s, in either contract', async (_, edit, message) => {
    const path = join(edited.folder, 'other.yaml');
    await writeFile(path, edit(await readFile(CURRENT, 'utf8')));

    for (const args of [
      [CURRENT, path],
      [path, CURRENT],
      ['--changelog', CURRENT, path],
    ])
      expect(await run(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
  });

  it('compares contracts with unsupported features', async () => {
    const path = join(edited.folder, 'unsupported.yaml');
    const text = await readFile(CURRENT, 'utf8');
    const key = '    key: {type: apiKey, in: header, name: X-Key}\n';
    await writeFile(path, text.replace(/^ {2}securitySchemes:\n/m, `$&${key}`));

    expect(await readFile(path, 'utf8')).toContain(key);
    expect(await run([path, path])).toEqual({ code: 0, stdout: 'No client breaks.\n', stderr: '' });
  });

  it.each([
    ['openapi.yaml', 'a contract that is edited'],
    [join('versions', `${contract.info.version}.yaml`), 'a released version'],
  ])('finds a reference that leads nowhere in %s, %s', async (name) => {
    const root = await temporaryFolder();
    onTestFinished(() => root[Symbol.asyncDispose]());
    await cp(join(ROOT, 'openapi/versions'), join(root.path, 'openapi/versions'), { recursive: true });
    await cp(CURRENT, join(root.path, 'openapi/openapi.yaml'));
    const path = join(root.path, 'openapi', name);
    await writeFile(
      path,
      (await readFile(path, 'utf8')).replaceAll(/(?<=#\/components\/schemas\/)CustomerId\b/g, 'Lost'),
    );

    await expect(readVersionStates(root.path, [])).rejects.toThrow(
      /The reference `#\/components\/schemas\/Lost` leads/,
    );
  });

  it.each([
    ['a file that is not there', ['missing.yaml'], /missing\.yaml/],
    ['a commit that git does not know', ['--base', 'no-such-commit'], /no-such-commit/],
    ['--changelog without a contract', ['--changelog'], /--changelog needs the old contract/],
  ])('exits with 2 for %s', async (_, args, message) => {
    const failed = await run(args);

    expect(failed).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
  });
});
