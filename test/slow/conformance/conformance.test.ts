// The conformance command: output, exit codes and report files.
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { type Environment, run } from '../../conformance/command/program.ts';
import { type Rewrite, startRewritingProxy } from '../../conformance/defects/rewriting-proxy.ts';
import { DEFECTS } from '../../conformance/defects.ts';
import { CERTIFICATE, KEY } from '../../support/http/tls.ts';
import { type Ran, ROOT, runNode } from '../../support/project-copy.ts';
import { startMemoryServer, startMockTarget, type Target } from '../../support/targets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Runs the command in this process. */
const runCommand = (...args: string[]) => runCommandIn({}, ...args);

async function runCommandIn(environment: Environment, ...args: string[]): Promise<Ran> {
  const text = { stdout: '', stderr: '' };
  const collect = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk, _, done) {
        text[name] += String(chunk);
        done();
      },
    });
  const code = await run(
    { contract, older: [] },
    args,
    { stdout: collect('stdout'), stderr: collect('stderr') },
    environment,
  );
  return { code, ...text };
}

/** A 429 that lacks only Retry-After. */
const RATE_LIMITED = {
  headers: {
    'content-type': 'application/json',
    'sequence-version': '2024-07-30',
    'x-request-id': '019ab1c0-5d2e-7c4a-8f31-6be0a9d47e52',
  },
  body: JSON.stringify({ error: { type: 'RateLimited', message: 'Too many requests.' } }),
};

const FAST = ['--rate', '100000', '--requests', '20', '--seed', '5'];

/** A server that does not implement the contract. */
async function startOtherServer(listener: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    listener(request, response);
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo; // It listens on a port, not on a pipe.
  return `http://127.0.0.1:${port}`;
}

describe('npm run conformance', () => {
  let reference: Target;
  beforeAll(async () => {
    reference = await startMemoryServer();
  });
  afterAll(() => reference.close());

  async function startDefective(name: string): Promise<string> {
    const defect = DEFECTS.find((each) => each.name === name);
    if (!defect) throw new Error(`No implementation ${name}.`);
    return startRewriting(defect);
  }

  async function startRewriting(rewrite: Rewrite): Promise<string> {
    const target = await startRewritingProxy(reference.url, rewrite);
    onTestFinished(() => target.close());
    return target.url;
  }

  it('announces the run, reports each rule, and exits with 0 for a conforming implementation', async () => {
    const { code, stdout, stderr } = await runNode(['test/conformance/main.ts', reference.url, ...FAST], { cwd: ROOT });

    expect(code).toBe(0);
    expect(stderr).toContain(`Target     ${reference.url}/api, as client key`);
    expect(stderr).toMatch(/Sends {6}\d+ requests: \d+ derived cases, 20 random combinations \(--seed 5\),\n/);
    expect(stderr).toMatch(/^ {11}\d\d setup requests; at most 100000 per second/m);
    expect(stderr).toMatch(/Creates {4}about \d+ organizations, owned by 50af5191/);
    expect(stderr.match(/^\d+\/\d+ cases, 0 failed$/gm)).toHaveLength(4);
    expect(stdout).toMatch(/^✓ maxItems +2 +0 {2}Arrays with too many items are refused\.$/m);
    expect(stdout).toMatch(/a client cannot provoke it:\n(.*status +#\S+\/(429|500|503)\n){3,}\nNot checked:\n/);
    expect(stdout).toMatch(/^Not checked:\n( {2}\w+: .*: pass --.*\n){8}\nThe implementation conforms/m);
    expect(stdout).toContain('The implementation conforms. Seed 5,');
  });

  it('reports each failure with its response, contract and curl command, and exits with 1', async () => {
    await using folder = await temporaryFolder();
    const junit = join(folder.path, 'junit.xml');
    const url = await startDefective('accepts unknown properties');

    const { code, stdout } = await runCommand(url, ...FAST, '--junit', junit);

    expect(code).toBe(1);
    expect(stdout).toContain('✗ additionalProperties: Unknown properties are refused and reported.');
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

  it('exits with 0 when all failures are in the baseline, with 1 for another, and lists those that pass', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'baseline.json');
    const url = await startDefective('accepts unknown properties');
    const found = await runCommand(url, ...FAST, '--json');
    await writeFile(file, found.stdout);
    // Without --seed: the baseline has it.
    const again = ['--rate', '100000', '--requests', '20', '--baseline', file];

    const known = await runCommand(url, ...again);
    const knownJson = await runCommand(url, ...again, '--json');
    const mended = await runCommand(reference.url, ...again);
    const worse = await runCommand(await startDefective('reports only the first error'), ...again);

    const count = JSON.parse(found.stdout).failures.length;
    expect(known.code).toBe(0);
    expect(known.stderr).toContain('(--seed 5)');
    expect(known.stdout).toMatch(/^Known failures, which are in the baseline:\n {2}additionalProperties: /m);
    expect(known.stdout).toMatch(/^No new failure in \d+ cases\. Seed 5,/m);
    expect(known.stdout).toMatch(/^✓ additionalProperties +\d+ +0 +[1-9]\d* {2}/m);
    expect(JSON.parse(knownJson.stdout)).toMatchObject({ conforms: true, failed: 0, resolved: [] });
    expect(JSON.parse(knownJson.stdout).failures).toHaveLength(count);
    expect(mended.code).toBe(0);
    expect(mended.stdout).toMatch(/^In the baseline, but passed\. Remove from it:\n {2}additionalProperties: /m);
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

  it('does not start against a site that returns a page for everything', async () => {
    const url = await startOtherServer((_, response) => {
      response.setHeader('Content-Type', 'text/html').end('<p>Hello</p>');
    });

    const { code, stderr } = await runCommand(url, ...FAST);

    expect(code).toBe(2);
    expect(stderr).toMatch(/^Run not started: .* returned 200 with an HTML page\. Is .* the base URL of the API\?$/m);
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
      /^Run not started: The credentials of client key were refused with 401/m,
    ],
    [
      'the customers are unknown',
      ['--owner', '00000000-0000-4000-8000-000000000000'],
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

  it('does not list entries of the baseline as passed whose rule it did not test', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'baseline.json');
    const entries = ['json', 'additionalProperties', 'undeclared header'].map((rule) => ({ rule }));
    await writeFile(file, JSON.stringify({ failures: entries }));

    const { stdout } = await runCommand(reference.url, ...FAST, '--only', 'json', '--baseline', file, '--json');

    expect(JSON.parse(stdout).resolved).toEqual([{ rule: 'json' }]);
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

  const OTHER_SERVERS: [name: string, listener: RequestListener, message: RegExp][] = [
    ['resets the connection', (request) => request.socket.destroy(), /No response from \S+ \(socket hang up\)/],
    ['never responds', () => {}, /no complete response within 1 s\). Does it need longer\? Set --timeout\.$/m],
    [
      'redirects',
      (_, response) => response.writeHead(301, { location: 'https://example.com/' }).end(),
      /redirects with 301 to https:\/\/example\.com\//,
    ],
    ['is a gateway without upstream', (_, response) => response.writeHead(502).end(), /is unavailable \(502\)/],
    [
      'returns 429 with a long Retry-After',
      (_, response) =>
        response.writeHead(429, { ...RATE_LIMITED.headers, 'retry-after': '3600' }).end(RATE_LIMITED.body),
      /returned 429 with a wait of 3600 s/,
    ],
  ];
  it.each(OTHER_SERVERS)('exits with 2 and reports the reason when the server %s', async (_, listener, message) => {
    await using folder = await temporaryFolder();
    const junit = join(folder.path, 'junit.xml');
    const url = await startOtherServer(listener);

    const { code, stdout, stderr } = await runCommand(url, ...FAST, '--timeout', '1', '--json', '--junit', junit);

    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(JSON.parse(stdout)).toMatchObject({
      conforms: null,
      abortReason: expect.stringMatching(message),
      failures: [],
    });
    const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(await readFile(junit, 'utf8'));
    expect(testsuites).toMatchObject({ '@_tests': '1', '@_errors': '1' });
  });

  it('exits with 2 and says how to trust the certificate of a server that signed its own', async () => {
    const server = createTlsServer({ key: KEY, cert: CERTIFICATE }, (_, response) => response.end());
    await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo; // It listens on a port, not on a pipe.

    const { code, stderr } = await runCommand(`https://localhost:${port}`, ...FAST);

    expect(code).toBe(2);
    expect(stderr).toMatch(
      /\(self-signed certificate\)\. To trust its certificate, set .* NODE_EXTRA_CA_CERTS to the file/m,
    );
  });

  const WRONG_SERVERS: [name: string, listener: RequestListener, message: RegExp][] = [
    [
      'never completes its response',
      (_, response) => response.writeHead(201).write(' '),
      /No response: no complete response within 1 s/,
    ],
    [
      'declares a longer body than it sends, and closes',
      (_, response) => {
        response.writeHead(201, { 'content-length': '100' }).write('{}');
        setTimeout(() => response.destroy(), 5);
      },
      /No response: the response ended before its Content-Length/,
    ],
    [
      'declares a shorter body than it sends',
      (request) => request.socket.end('HTTP/1.1 201 Created\r\ncontent-length: 5\r\n\r\n{"id":1}more'),
      /No response: the response is not valid HTTP/,
    ],
    [
      'sends what is not HTTP',
      (request) => request.socket.end('HELLO\r\n\r\n'),
      /No response: the response is not valid HTTP \(Expected HTTP/,
    ],
    ...['0', '-1', '1.5', '86400', 'Fri, 31 Dec 1999 23:59:59 GMT'].map((after): [string, RequestListener, RegExp] => [
      `returns 429 with the Retry-After ${after}`,
      (_, response) =>
        response.writeHead(429, { ...RATE_LIMITED.headers, 'retry-after': after }).end(RATE_LIMITED.body),
      /The header Retry-After has the invalid value/,
    ]),
  ];
  it.each(WRONG_SERVERS)('exits with 1 and reports the finding when the server %s', async (_, listener, message) => {
    const url = await startOtherServer(listener);

    const { code, stdout } = await runCommand(url, ...FAST, '--timeout', '1', '--json');

    expect(code).toBe(1);
    const result = JSON.parse(stdout);
    expect(result.conforms).toBe(false);
    expect(result.failures.map((each: { message: string }) => each.message).join('\n')).toMatch(message);
  });

  it('exits with 0 behind a proxy that adds headers, indents JSON, and writes headers in its own way', async () => {
    const url = await startRewriting({
      response: (response) => {
        Object.assign(response.headers, {
          ...{ server: 'nginx', via: '1.1 edge', 'cache-control': 'no-store', 'set-cookie': 'lb=1', age: '0' },
          ...{ 'strict-transport-security': 'max-age=63072000', 'x-frame-options': 'DENY', 'cf-ray': '8f2c' },
          'content-type': 'application/json;charset=UTF-8',
        });
        if (response.headers.allow !== undefined) response.headers.allow = 'OPTIONS,POST';
        if (response.headers['www-authenticate'] !== undefined)
          response.headers['www-authenticate'] = 'Bearer, basic charset="utf-8",realm="Other"';
        if (response.body !== '') response.body = `${JSON.stringify(JSON.parse(response.body), null, 4)}\n`;
      },
    });

    const { code, stdout } = await runCommand(url, ...FAST);
    const strict = await runCommand(url, ...FAST, '--strict-headers', '--allow-header', 'Via', '--json');

    expect(stdout).toContain('The implementation conforms.');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Note: headers that the contract does not declare[\s\S]*^ {2}server \(\d+ responses\)$/m);
    expect(strict.code).toBe(1);
    expect(strict.stdout).toContain('The header server is not declared.');
    expect(strict.stdout).not.toContain('The header via is not declared.');
  });

  it('exits with 1 and shows one failure of each rule when the server always returns 200', async () => {
    const url = await startOtherServer((_, response) => response.end('<h1>It works!</h1>'));

    const { code, stdout } = await runCommand(url, ...FAST);

    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ status +\d+ +\d+ {2}/m);
    const rules = [...stdout.matchAll(/^✗ (.*):/gm)].map(([, rule]) => rule);
    expect(rules.length).toBeGreaterThan(15);
    expect(stdout.match(/^ {2}Request /gm)).toHaveLength(rules.length);
  });

  it('aborts when the implementation becomes unavailable, and reports the first case without a response', async () => {
    let responses = 0;
    const url = await startRewriting({
      response: (response) => {
        if (++responses > 20) response.status = 0;
      },
    });

    const { code, stdout, stderr } = await runCommand(url, ...FAST);

    expect(code).toBe(2);
    expect(stderr).toMatch(/^Run aborted: No response from .* The first case without a response was "/m);
    expect(stdout).toMatch(/^✗ response +\d+ +\d\d {2}/m);
  });

  it('continues when the implementation does not respond to some requests', async () => {
    const { code, stdout } = await runCommand(await startDefective('closes the connection on malformed JSON'), ...FAST);

    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ response +\d+ +\d\d {2}/m);
  });
});
