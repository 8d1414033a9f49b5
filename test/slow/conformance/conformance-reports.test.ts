// The reports of the conformance command: failures, files, baselines, and those for GitHub Actions.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { FAST, runCommand, runCommandIn, shareReference } from './conformance-command.ts';

const reference = shareReference();
const { startDefective } = reference;

describe('the reports of npm run conformance', () => {
  it('reports each failure with its response, contract and curl command, and exits with 1', async () => {
    await using folder = await temporaryFolder();
    const junit = join(folder.path, 'junit.xml');
    const url = await startDefective('accepts unknown properties');

    const { code, stdout } = await runCommand(url, ...FAST, '--junit', junit);

    expect(code).toBe(1);
    expect(stdout).toContain('✗ additionalProperties: Unknown properties are rejected and reported.');
    expect(stdout).toMatch(/Response {3}201 Created \{"id":/);
    expect(stdout).toContain('Violation  Expected 400 InvalidRequest; received 201.');
    expect(stdout).toContain(
      'Contract   #/components/schemas/NewCustomerOrganization/additionalProperties\n             false',
    );
    expect(stdout).toMatch(
      /Reproduce {2}curl [\s\S]*--user "\$\{CONFORMANCE_USER\}"[\s\S]*--data-binary '\{"ownerId":/,
    );
    expect(stdout).toMatch(/The implementation does not conform: \d+ of \d+ cases failed\./);
    const xml = await readFile(junit, 'utf8');
    expect(XMLValidator.validate(xml)).toBe(true);
    const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(xml);
    expect(Number(testsuites['@_tests'])).toBeGreaterThan(400);
    expect(Number(testsuites['@_failures'])).toBeGreaterThan(0);
    expect(Number(testsuites.testsuite[0]['@_time'])).toBeGreaterThan(0);
  });

  it('exits with 0 when all failures are in the baseline, with 1 for another, and lists those that pass', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'baseline.json');
    const url = await startDefective('accepts unknown properties');
    const found = await runCommand(url, ...FAST, '--json');
    await writeFile(file, found.stdout);
    // `--seed` is not needed, because the baseline contains the seed.
    const again = ['--rate', '100000', '--requests', '20', '--baseline', file];

    const known = await runCommand(url, ...again);
    const knownJson = await runCommand(url, ...again, '--json');
    const corrected = await runCommand(reference.url, ...again);
    const worse = await runCommand(await startDefective('reports only the first error'), ...again);

    const count = JSON.parse(found.stdout).failures.length;
    expect(known.code).toBe(0);
    expect(known.stderr).toContain('(--seed 5)');
    expect(known.stdout).toMatch(/^Known failures, which are in the baseline:\n {2}additionalProperties: /m);
    expect(known.stdout).toMatch(/^No new failure in \d+ cases\. Seed 5,/m);
    expect(known.stdout).toMatch(/^✓ additionalProperties +\d+ +0 +[1-9]\d* {2}/m);
    expect(JSON.parse(knownJson.stdout)).toMatchObject({ conforms: true, failed: 0, resolved: [] });
    expect(JSON.parse(knownJson.stdout).failures).toHaveLength(count);
    expect(corrected.code).toBe(0);
    expect(corrected.stdout).toMatch(/^In the baseline, but passed\. Remove from it:\n {2}additionalProperties: /m);
    expect(worse.code).toBe(1);
    expect(worse.stdout).toMatch(/^✗ combination/m);
  });

  it('writes annotations, and appends a summary, on GitHub Actions', async () => {
    await using folder = await temporaryFolder();
    const summary = join(folder.path, 'summary.md');
    await writeFile(summary, 'Earlier step.\n');
    const environment = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
    const url = await startDefective('accepts unknown properties');

    const wrong = await runCommandIn(environment, url, ...FAST);
    const right = await runCommandIn({ ...environment, GITHUB_STEP_SUMMARY: '' }, reference.url, ...FAST, '--json');

    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(
      /^::error title=additionalProperties%3A createCustomerOrganization%3A .*::Expected 400/m,
    );
    expect(wrong.stdout).toMatch(/^::stop-commands::([\w-]+)\n[\s\S]*\n::\1::\n$/);
    const text = await readFile(summary, 'utf8');
    expect(text).toMatch(/^Earlier step\.\n## The implementation does not conform: \d+ of \d+ cases failed\n/);
    expect(text).toContain('--data-binary \'{"ownerId":');
    expect(right.stderr).not.toContain('::');
    expect(JSON.parse(right.stdout)).toMatchObject({ conforms: true });
  });

  it('keeps its exit code, and says so, when the summary cannot be written', async () => {
    const environment = { GITHUB_STEP_SUMMARY: '/no/such/folder/summary.md' };

    const { code, stderr } = await runCommandIn(environment, reference.url, ...FAST, '--only', 'json');

    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^Cannot write .*summary\.md: ENOENT/m),
    });
  });

  it('writes an HTML page with failures and coverage', async () => {
    await using folder = await temporaryFolder();
    const html = join(folder.path, 'report.html');

    const { code } = await runCommand(await startDefective('accepts unknown properties'), ...FAST, '--html', html);

    const page = await readFile(html, 'utf8');
    expect(code).toBe(1);
    expect(page).toMatch(/<h2>Failures \(\d+\)<\/h2>\n<h3>additionalProperties: /);
    expect(page).toMatch(/<summary>response header: \d+ of \d+/);
  });

  it('prints only JSON with --json, and the same failures with the same seed', async () => {
    const url = await startDefective('reports only the first error');

    const [first, second] = await Promise.all([0, 1].map(() => runCommand(url, ...FAST, '--json')));
    const [one, other] = [first, second].map((ran) => JSON.parse(ran?.stdout ?? ''));

    expect(one).toMatchObject({ url: `${url}/api`, seed: 5, conforms: false });
    expect(one.failures).toContainEqual(
      expect.objectContaining({ rule: 'combination', curl: [expect.stringContaining('curl ')] }),
    );
    expect(one.failures.map((each: { case: string }) => each.case).sort()).toEqual(
      other.failures.map((each: { case: string }) => each.case).sort(),
    );
  });

  it('exits with 2 when an entry of the baseline names a rule that does not exist', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'baseline.json');
    await writeFile(file, '{"failures":[{"rule":"json"},{"rule":"jsno","case":"x"}]}');

    const { code, stderr } = await runCommand(reference.url, ...FAST, '--baseline', file);

    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^error: there is no rule "jsno" for an entry of the baseline\. The rules of this run are: /m,
    );
  });

  it('lists entries of the baseline that name no case, apart from those that pass', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'baseline.json');
    const corrected = { rule: 'json', case: 'createCustomerOrganization: JSON truncated' };
    const misspelt = { rule: 'json', case: 'createCustomerOrganization: JSON trunctated' };
    const ofOtherSeed = { rule: 'combination', case: 'createCustomerOrganization: combination 1 of seed 4' };
    const notTested = { rule: 'order', case: 'createCustomerOrganization: the example asPublished' };
    await writeFile(file, JSON.stringify({ failures: [corrected, misspelt, ofOtherSeed, notTested] }));
    const options = [...FAST, '--only', 'json', '--baseline', file];

    const text = await runCommand(reference.url, ...options);
    const json = await runCommand(reference.url, ...options, '--json');

    expect([text.code, json.code]).toEqual([0, 0]);
    expect(JSON.parse(json.stdout)).toMatchObject({ resolved: [corrected], unmatched: [misspelt, ofOtherSeed] });
    expect(text.stdout).toContain(
      `In the baseline, but no case of this run has the name:\n  json: ${misspelt.case}\n  combination: `,
    );
  });

  it.each<[string, (text: string) => Buffer]>([
    ['UTF-8 with a byte order mark', (text) => Buffer.from(`\ufeff${text}`)],
    ['UTF-16 with a byte order mark, as PowerShell 5 writes it', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ])('reads a baseline in %s', async (_, encode) => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'baseline.json');
    await writeFile(file, encode('{"failures":[{"rule":"json","case":"größer"}]}'));

    const { code, stdout } = await runCommand(
      ...[reference.url, ...FAST, '--only', 'json', '--baseline', file, '--json'],
    );

    expect(code).toBe(0);
    expect(JSON.parse(stdout).unmatched).toEqual([{ rule: 'json', case: 'größer' }]);
  });

  it('does not list entries of the baseline as passed whose rule it did not test', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'baseline.json');
    const entries = ['json', 'additionalProperties', 'undeclared header'].map((rule) => ({ rule }));
    await writeFile(file, JSON.stringify({ failures: entries }));

    const { stdout } = await runCommand(reference.url, ...FAST, '--only', 'json', '--baseline', file, '--json');

    expect(JSON.parse(stdout).resolved).toEqual([{ rule: 'json' }]);
  });
});
