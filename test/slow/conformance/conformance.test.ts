// The conformance command: options, output and exit codes.
import { execFile } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ROOT, runNode } from '../../support/project-copy.ts';
import { startMockTarget } from '../../support/targets.ts';
import { FAST, runCommand, shareReference } from './conformance-command.ts';

const reference = shareReference();
const { startDefective, startRewriting } = reference;

describe('npm run conformance', () => {
  it('exits with 2 when a rule applied to no response', async () => {
    const url = await startRewriting({
      async handle(request, forward) {
        const response = await forward(request);
        return response.status === 201 ? { ...response, status: 409 } : response;
      },
    });

    const { code, stdout, stderr } = await runCommand(url, ...FAST, '--only', 'semantics');

    expect(code).toBe(2);
    expect(stderr).toContain(
      'Run aborted: Nothing was checked of semantics: no request or response of this run was one that it applies to.',
    );
    expect(stdout).not.toContain('onforms');
  });

  it.each([
    ['is closed', '>&-'],
    ['is discarded', '>/dev/null'],
  ])(
    'exits with 2 before it sends anything when standard output %s, and the report is for it',
    async (_, redirection) => {
      const options = `--only json --json ${redirection}`;
      const script = `'${process.execPath}' test/conformance/main.ts ${reference.url} ${options}`;
      const [code, stderr] = await new Promise<[unknown, string]>((settle) =>
        execFile('sh', ['-c', script], { cwd: ROOT }, (error, __, text) => settle([error?.code, text])),
      );

      expect(code).toBe(2);
      expect(stderr).toMatch(/^error: --json prints to standard output, which is closed or discarded\. /);
      expect(stderr).not.toContain('Sends');
    },
  );

  it('announces the run, reports each rule, and exits with 0 for a conforming implementation', async () => {
    const { code, stdout, stderr } = await runNode(['test/conformance/main.ts', reference.url, ...FAST], { cwd: ROOT });

    expect(code).toBe(0);
    expect(stderr).toContain(`Target     ${reference.url}/api, as client key`);
    expect(stderr).toMatch(/Sends {6}\d+ requests: \d+ derived cases, 20 random combinations \(--seed 5\),\n/);
    expect(stderr).toMatch(/^ {11}\d\d setup requests; at most 100000 per second/m);
    expect(stderr).toMatch(/Creates {4}about \d+ organizations, owned by 50af5191/);
    expect(stderr.match(/^\d+\/\d+ cases, 0 failed$/gm)).toHaveLength(4);
    expect(stdout).toMatch(/^✓ maxItems +3 +0 {2}Arrays with too many items are rejected\.$/m);
    expect(stdout).toMatch(/a client cannot provoke it:\n(.*status +#\S+\/(429|500|503)\n){3,}\nNot checked:\n/);
    expect(stdout).toMatch(/^Not checked:\n( {2}\w+: .*: pass --.*\n){8}\nThe implementation conforms/m);
    expect(stdout).toContain('The implementation conforms. Seed 5,');
  });

  it('sends only the cases of the rules that --only names, and reports only these', async () => {
    const url = await startDefective('accepts unknown properties');

    const wrong = await runCommand(url, ...FAST, '--only', 'additionalProperties', '--json');
    const right = await runCommand(reference.url, ...FAST, '--only', 'json', '--only', 'media-type');
    const ofResponses = await runCommand(url, ...FAST, '--only', 'status', '--json');

    const result = JSON.parse(wrong.stdout);
    expect(wrong.code).toBe(1);
    expect(result).toMatchObject({ conforms: false, only: ['additionalProperties'], cases: expect.any(Number) });
    expect(result.cases).toBeLessThan(30);
    expect(result.rules.map(({ rule }: { rule: string }) => rule)).toEqual(['additionalProperties', 'response']);
    expect(right).toMatchObject({ code: 0, stdout: expect.stringContaining('No violation of json, media-type in ') });
    expect(right.stdout).not.toContain('conforms.');
    expect(right.stdout).not.toContain('not verified in this run');
    expect(ofResponses.code).toBe(0);
    expect(JSON.parse(ofResponses.stdout).cases).toBeGreaterThan(400);
  });

  it('accepts a mock with --mock, and suggests the flag without it', async () => {
    const mock = await startMockTarget();
    onTestFinished(() => mock.close());

    const asMock = await runCommand(mock.url, ...FAST, '--mock');
    const asServer = await runCommand(mock.url, ...FAST);

    expect(asMock).toMatchObject({ code: 0, stdout: expect.not.stringContaining('--mock') });
    expect(asServer).toMatchObject({ code: 1, stdout: expect.stringContaining('If it is a mock, use --mock.') });
  });

  it.each([
    [
      'the credentials are wrong',
      ['--user', 'key:wrong'],
      /^Run not started: The credentials of client key were rejected with 401/m,
    ],
    [
      'the customers are unknown',
      ['--owner', '00000000-0000-4000-8000-000000000000'],
      /^Run not started: .*--owner and --member/m,
    ],
    [
      'a member is unknown',
      ['--member', '00000000-0000-4000-8000-000000000000'],
      /^Run not started: .*--owner and --member/m,
    ],
    ['the API has another base URL', ['/v2'], /^Run not started: .* returned 404/m],
    [
      'the report cannot be written',
      ['--junit', '/no/such/folder/x.xml'],
      /^Run not started: Cannot write .*: ENOENT/m,
    ],
    ['the page cannot be written', ['--html', '/no/such/folder/x.html'], /^Run not started: Cannot write .*: ENOENT/m],
    [
      'a rule does not exist',
      ['--only', 'jsno'],
      /^error: there is no rule "jsno"\. The rules of this run are: .*\bjson\b/m,
    ],
    [
      'no case reaches a rule',
      ['--only', 'minimum'],
      /^Run not started: Nothing was checked of minimum: no request or response of this run was one that it applies/m,
    ],
    [
      'no case reaches one of several rules',
      ['--only', 'json', '--only', 'names'],
      /^Run not started: Nothing was checked of names: pass --customer UUID=NAME\.$/m,
    ],
    [
      'a rule needs a flag',
      ['--only', 'undeclared header'],
      /^Run not started: Nothing was checked of undeclared header: pass --strict-headers\.$/m,
    ],
    ['two reports are one file', ['--junit', 'x', '--html', './x'], /^error: --html and --junit name the same file/m],
    [
      'a report would replace the baseline',
      ['--baseline', 'package.json', '--junit', './test/../package.json'],
      /^error: --junit and --baseline name the same file/m,
    ],
    [
      'a report would replace the customers',
      ['--customers', '/dev/null', '--html', '/dev/null'],
      /^error: --html and --customers name the same file/m,
    ],
    ['two clients are one', ['--user2', 'key:x'], /^error: --user2 names the client of another option/m],
    [
      'the baseline is missing',
      ['--baseline', '/no/such'],
      /^error: the baseline \/no\/such does not exist\. Correct/m,
    ],
    [
      'the baseline is a folder',
      ['--baseline', 'test'],
      /^error: the baseline test is a folder\. Name a file in it\./m,
    ],
    [
      'the baseline is none',
      ['--baseline', 'package.json'],
      /the baseline package\.json is invalid: expected an object/,
    ],
    ['customers are missing', ['--customers', '/no/such'], /^error: .*\/no\/such does not exist\. Correct the path\./m],
    ['the URL has a query', ['/api?x=1'], /is not a base URL: remove \?x=1/],
    ['a flag is misspelled', ['--sed', '1'], /Did you mean --seed/],
    ['the URL is a flag', ['--url', 'http://localhost'], /\(Use the URL as an argument: npm run conformance -- http:/],
    ['a flag is that of another program', ['--password', 'x'], /\(Use --user ID:SECRET\)/],
    ['a number is invalid', ['--rate', 'fast'], /Expected an integer from 1/],
    ['an ID is invalid', ['--member', '123'], /Expected a UUID/],
  ])('exits with 2 and a message when %s', async (_, args, message) => {
    const [path, ...flags] = args[0]?.startsWith('/') ? args : ['', ...args];

    const { code, stdout, stderr } = await runCommand(reference.url + path, ...flags);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it.each([
    ['localhost', /"localhost" is not an http or https URL/],
    ['ftp://localhost', /is not an http or https URL/],
    ['http://key:secret@localhost/api', /set the credentials with --user or CONFORMANCE_USER, not in the URL/],
  ])('exits with 2 and a message when the URL is %s', async (url, message) => {
    const { code, stderr } = await runCommand(url);

    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
