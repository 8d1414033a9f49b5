// The conformance command as its user meets it: what it says, which exit code it gives, and the reports that it writes.
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { contract } from '../../generated/contract.ts';
import { WRONG } from '../conformance/defects.ts';
import { run } from '../conformance/program.ts';
import { type Change, startChangingProxy } from '../conformance/rewriting-proxy.ts';
import { type Ran, ROOT, runNode } from '../support/project-copy.ts';
import { startMemoryServer, startMockTarget, type Target, temporaryFolder } from '../support/targets.ts';

/** In this process. */
async function runCommand(...args: string[]): Promise<Ran> {
  const text = { stdout: '', stderr: '' };
  const collect = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk, _, done) {
        text[name] += String(chunk);
        done();
      },
    });
  const code = await run(contract, args, { stdout: collect('stdout'), stderr: collect('stderr') });
  return { code, ...text };
}

const FAST = ['--rate', '100000', '--requests', '20', '--seed', '5'];

/** A server that has nothing to do with the contract. */
async function startForeign(listener: RequestListener): Promise<string> {
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

describe('the conformance command', { timeout: 120_000 }, () => {
  let right: Target;
  beforeAll(async () => {
    right = await startMemoryServer();
  });
  afterAll(() => right.close());

  async function startWrong(name: string): Promise<string> {
    const change = WRONG.find((each) => each.name === name);
    if (!change) throw new Error(`There is no wrong implementation that ${name}.`);
    return startChanging(change);
  }

  async function startChanging(change: Change): Promise<string> {
    const target = await startChangingProxy(right.url, change);
    onTestFinished(() => target.close());
    return target.url;
  }

  it('exits with 0 for one that conforms, says first what it sends and creates, and then each rule in words', async () => {
    const { code, stdout, stderr } = await runNode(['test/conformance/main.ts', right.url, ...FAST], { cwd: ROOT });

    expect(code).toBe(0);
    expect(stderr).toContain(`Target     ${right.url}/api, as client key`);
    expect(stderr).toMatch(
      /Sends {6}\d+ requests: \d+ cases derived from the contract, 20 random combinations \(--seed 5\),\n {11}and 4 that lead up to a case; at most 100000 a second/,
    );
    expect(stderr).toMatch(/Creates {4}about \d+ organizations, owned by 50af5191/);
    expect(stderr.match(/^\d+\/\d+ cases, 0 failed$/gm)).toHaveLength(4);
    expect(stdout).toMatch(/^✓ maxItems +2 +0 {2}A list has not more items than it may have\.$/m);
    expect(stdout).toMatch(/cannot be provoked from outside:\n(.*status +#\S+\/(429|500|503)\n){3,}\nIt conforms/);
    expect(stdout).toContain('It conforms. Seed 5,');
  });

  it('exits with 1 for one that does not, and tells what came, what the contract says, and how to see it again', async () => {
    await using folder = await temporaryFolder();
    const junit = join(folder.path, 'junit.xml');
    const url = await startWrong('accepts unknown properties');

    const { code, stdout } = await runCommand(url, ...FAST, '--junit', junit);

    expect(code).toBe(1);
    expect(stdout).toContain('✗ additionalProperties: Unknown properties are refused by name.');
    expect(stdout).toMatch(/Came {6}201 Created \{"id":/);
    expect(stdout).toContain('Wrong     It should be refused with 400 InvalidRequest, but was answered with 201.');
    expect(stdout).toContain(
      'Contract  #/components/schemas/NewCustomerOrganization/additionalProperties\n            false',
    );
    expect(stdout).toMatch(/Again {5}curl [\s\S]*--user "\$\{CONFORMANCE_USER\}"[\s\S]*--data-binary '\{"ownerId":/);
    expect(stdout).toMatch(/It does not conform: \d+ of \d+ cases failed\./);
    const xml = await readFile(junit, 'utf8');
    expect(XMLValidator.validate(xml)).toBe(true);
    const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(xml);
    expect(Number(testsuites['@_tests'])).toBeGreaterThan(400);
    expect(Number(testsuites['@_failures'])).toBeGreaterThan(0);
  });

  it('prints JSON alone with --json, and repeats a run with its seed', async () => {
    const url = await startWrong('tells the first fault only');

    const [first, second] = await Promise.all([0, 1].map(() => runCommand(url, ...FAST, '--json')));
    const [one, other] = [first, second].map((ran) => JSON.parse(ran?.stdout ?? ''));

    expect(one).toMatchObject({ url: `${url}/api`, seed: 5, conforms: false });
    expect(one.failures[0]).toMatchObject({ rule: 'combination', curl: [expect.stringContaining('curl ')] });
    expect(one.failures.map((each: { case: string }) => each.case).sort()).toEqual(
      other.failures.map((each: { case: string }) => each.case).sort(),
    );
  });

  it('takes a mock for one when it is told so, and advises it otherwise', async () => {
    const mock = await startMockTarget();
    onTestFinished(() => mock.close());

    const told = await runCommand(mock.url, ...FAST, '--mock');
    const untold = await runCommand(mock.url, ...FAST);

    expect(told).toMatchObject({ code: 0, stdout: expect.not.stringContaining('--mock') });
    expect(untold).toMatchObject({ code: 1, stdout: expect.stringContaining('If it is a mock, say so: --mock.') });
  });

  it.each([
    [
      'the credentials are bad',
      ['--user', 'key:wrong'],
      /^Not run: the credentials of client key were refused with 401/m,
    ],
    [
      'the customers are unknown',
      ['--owner', '00000000-0000-4000-8000-000000000000'],
      /^Not run: .*--owner and --member/m,
    ],
    ['the API is somewhere else', ['/v2'], /^Not run: .* is not there \(404\)/m],
    ['the report cannot be written', ['--junit', '/no/such/folder/x.xml'], /^Not run: .* cannot be written: ENOENT/m],
    ['the URL has a query', ['/api?x=1'], /is no base URL: it ends with \?x=1/],
    ['a flag is misspelt', ['--sed', '1'], /Did you mean --seed/],
    ['a number is none', ['--rate', 'fast'], /whole number from 1/],
    ['an ID is none', ['--member', '123'], /has to be a UUID/],
  ])('exits with 2 when %s, and says so', async (_, args, message) => {
    const [path, ...flags] = args[0]?.startsWith('/') ? args : ['', ...args];

    const { code, stdout, stderr } = await runCommand(right.url + path, ...flags);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it.each([
    ['localhost', /"localhost" is no http or https URL/],
    ['ftp://localhost', /is no http or https URL/],
    ['http://key:secret@localhost/api', /give the credentials with --user or in CONFORMANCE_USER, not in the URL/],
  ])('exits with 2 when the URL is %s, and says why', async (url, message) => {
    const { code, stderr } = await runCommand(url);

    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  const FOREIGN: [name: string, listener: RequestListener, message: RegExp][] = [
    ['cuts the connection', (request) => request.socket.destroy(), /there is no answer from \S+ \(socket hang up\)/],
    ['never answers', () => {}, /no whole answer within 1 s/],
    ['never ends its answer', (_, response) => response.writeHead(201).write(' '), /no whole answer within 1 s/],
    [
      'leads elsewhere',
      (_, response) => response.writeHead(301, { location: 'https://example.com/' }).end(),
      /301 and leads to https:\/\/example\.com\//,
    ],
    ['is a gateway without a server', (_, response) => response.writeHead(502).end(), /is not available \(502\)/],
    [
      'wants nothing for a long time',
      (_, response) => response.writeHead(429, { 'retry-after': '3600' }).end(),
      /answers 429 and asks to wait for 3600 s/,
    ],
  ];
  it.each(FOREIGN)('exits with 2 when what is there %s, also in the reports', async (_, listener, message) => {
    await using folder = await temporaryFolder();
    const junit = join(folder.path, 'junit.xml');
    const url = await startForeign(listener);

    const { code, stdout, stderr } = await runCommand(url, ...FAST, '--timeout', '1', '--json', '--junit', junit);

    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(JSON.parse(stdout)).toMatchObject({ conforms: null, notRun: expect.stringMatching(message), failures: [] });
    const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(await readFile(junit, 'utf8'));
    expect(testsuites).toMatchObject({ '@_tests': '1', '@_errors': '1' });
  });

  it('exits with 1 when what is there says 200 to everything, and tells each broken rule once', async () => {
    const url = await startForeign((_, response) => response.end('<h1>It works!</h1>'));

    const { code, stdout } = await runCommand(url, ...FAST);

    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ status +\d+ +\d+ {2}/m);
    const told = [...stdout.matchAll(/^✗ (.*):/gm)].map(([, rule]) => rule);
    expect(told.length).toBeGreaterThan(15);
    expect(stdout.match(/^ {2}Sent /gm)).toHaveLength(told.length);
  });

  it('stops when the implementation has gone, and says after which request', async () => {
    let answers = 0;
    const url = await startChanging({
      say: (answer) => {
        if (++answers > 20) answer.status = 0;
      },
    });

    const { code, stdout, stderr } = await runCommand(url, ...FAST);

    expect(code).toBe(2);
    expect(stderr).toMatch(/^Not run to the end: there is no answer from .* The first case without an answer was "/m);
    expect(stdout).toMatch(/^✗ answer +\d+ +\d\d {2}/m);
  });

  it('goes on when the implementation leaves some requests without an answer', async () => {
    const { code, stdout } = await runCommand(await startWrong('never answers what is malformed'), ...FAST);

    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ answer +\d+ +13 {2}/m);
  });
});
