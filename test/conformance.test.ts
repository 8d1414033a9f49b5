// The conformance command as its user meets it: what it says, which exit code it gives, and the reports that it writes.
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import bundled from '../generated/openapi.json' with { type: 'json' };
import type { Contract } from '../openapi/contract.ts';
import type { Sent } from './conformance/case.ts';
import { type Change, startChangingProxy } from './conformance/changing-proxy.ts';
import { writeCurl } from './conformance/curl.ts';
import { planSuite, runSuite } from './conformance/suite.ts';
import { WRONG } from './conformance/wrong-implementations.ts';
import { SUBJECT } from './conformance-subject.ts';
import { type Ran, ROOT, runNode } from './project-copy.ts';
import { startSqliteServer, type Target, temporaryFolder } from './targets.ts';

const contract = bundled as unknown as Contract; // The type of the JSON file is narrower.

function runCommand(...args: string[]): Promise<Ran> {
  return runNode(['test/conformance/main.ts', ...args], { cwd: ROOT });
}

const FAST = ['--rate', '100000', '--requests', '20', '--seed', '5'];

describe('the conformance command', { timeout: 120_000 }, () => {
  let right: Target;
  beforeAll(async () => {
    right = await startSqliteServer();
  });
  afterAll(() => right.close());

  async function startWrong(name: string): Promise<string> {
    const change = WRONG.find((each) => each.name === name);
    if (!change) throw new Error(`There is no wrong implementation that ${name}.`);
    const target = await startChangingProxy(right.url, change);
    onTestFinished(() => target.close());
    return target.url;
  }

  it('exits with 0 for one that conforms, says first what it sends and creates, and then each rule in words', async () => {
    const { code, stdout, stderr } = await runCommand(right.url, ...FAST);

    expect(code).toBe(0);
    expect(stderr).toContain(`Target     ${right.url}/api, as client key`);
    expect(stderr).toMatch(
      /Sends {6}\d+ requests: \d+ cases derived from the contract, 20 random combinations \(--seed 5\)/,
    );
    expect(stderr).toMatch(/Creates {4}about \d+ organizations, owned by 50af5191/);
    expect(stdout).toMatch(/^maxItems +2 +0 {2}A list has not more items than it may have\.$/m);
    expect(stdout).toMatch(/cannot be provoked from outside:\n(.*status +#\S+\/(429|500|503)\n){3}/);
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

  it.each([
    ['nothing listens', ['http://127.0.0.1:1'], /Not run: there is no answer from http:\/\/127\.0\.0\.1:1\/api/],
    [
      'the credentials are bad',
      ['--user', 'key:wrong'],
      /Not run: the credentials of client key were refused with 401/,
    ],
    [
      'the customers are unknown',
      ['--owner', '00000000-0000-4000-8000-000000000000'],
      /Not run: .*--owner and --member/,
    ],
    ['the URL is none', ['localhost'], /"localhost" is no http or https URL/],
    ['a flag is misspelt', ['--sed', '1'], /Did you mean --seed/],
    ['a number is none', ['--rate', 'fast'], /whole number from 1/],
    ['an ID is none', ['--member', '123'], /has to be a UUID/],
  ])('exits with 2 when %s, and says so', async (_, args, message) => {
    const url = args.some((each) => each.startsWith('http') || each === 'localhost') ? [] : [right.url];

    const { code, stdout, stderr } = await runCommand(...url, ...args);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('exits with 2 when the API is somewhere else', async () => {
    const { code, stderr } = await runCommand(`${right.url}/v2`);

    expect(code).toBe(2);
    expect(stderr).toContain('is not there (404)');
  });
});

describe('the suite', () => {
  it('waits as long as a 429 says, and repeats', async () => {
    const right = await startSqliteServer();
    onTestFinished(() => right.close());
    const waits: number[] = [];
    let refusals = 0;
    const limited: Change = {
      say: (answer) => {
        if (++refusals > 3) return;
        answer.status = 429;
        answer.headers['retry-after'] = '0';
      },
    };
    const target = await startChangingProxy(right.url, limited);
    onTestFinished(() => target.close());
    const subject = { url: `${target.url}/api`, ...SUBJECT };

    const outcomes = await runSuite({
      contract,
      subject,
      seed: 1,
      combinations: 0,
      onWait: (seconds) => waits.push(seconds),
    });

    expect(waits).toEqual([0, 0, 0]);
    expect(outcomes.filter(({ findings }) => findings.length > 0)).toEqual([]);
  });

  it('keeps to the rate', async () => {
    const times: number[] = [];
    const server = createServer((_, response) => {
      times.push(performance.now());
      response.end();
    });
    await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo; // It listens on a port, not on a pipe.
    const subject = { url: `http://127.0.0.1:${port}`, ...SUBJECT };
    const options = { contract, subject, seed: 1, combinations: 0 };
    const suite = planSuite(options);

    await runSuite({ ...options, rate: 100, connections: 4 }, { ...suite, cases: suite.cases.slice(0, 21) });

    expect(times).toHaveLength(21);
    // 20 gaps of 10 ms each; timers may fire a little early.
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(180);
  });
});

describe('a curl command', () => {
  const subject = { url: 'http://127.0.0.1/api', ...SUBJECT };

  /** What a shell hands to curl. */
  async function readArguments(command: string): Promise<string[]> {
    await using folder = await temporaryFolder();
    const stub = join(folder.path, 'curl');
    await writeFile(
      stub,
      `#!/bin/sh\nexec "${process.execPath}" -e 'console.log(JSON.stringify(process.argv.slice(1)))' -- "$@"\n`,
    );
    await chmod(stub, 0o755);
    const script = `require('child_process').execFileSync('sh', ['-c', process.argv[1]], {stdio: 'inherit'})`;
    const env = {
      PATH: `${folder.path}:${process.env.PATH}`,
      CONFORMANCE_USER: `${subject.clientId}:${subject.secret}`,
    };
    return JSON.parse((await runNode(['-e', script, '--', command], { env })).stdout);
  }

  const request: Sent = { method: 'POST', path: '/x?a=b', headers: {}, body: `{"it's": "$HOME \`id\` \\\\ !"}` };

  it('hands the request to curl as it is, whatever it holds', async () => {
    const args = await readArguments(
      writeCurl(subject, { ...request, headers: { 'content-type': 'text/x', 'x-y': "a'b" } }),
    );

    expect(args).toEqual(
      ['--include', '--path-as-is', '--globoff', '--request', 'POST', 'http://127.0.0.1/api/x?a=b'].concat([
        '--header',
        'Content-Type: text/x',
        '--header',
        "x-y: a'b",
        '--data-binary',
        String(request.body),
      ]),
    );
  });

  it.each([
    ['the right credentials', 'Basic a2V5OnNlY3JldA==', ['--user', 'key:secret']],
    ['a wrong secret', `Basic ${btoa('key:secretx')}`, ['--user', 'key:secretx']],
    ['another scheme', 'Bearer a2V5OnNlY3JldA==', ['--header', 'Authorization: Bearer a2V5OnNlY3JldA==']],
    ['credentials that are not encoded', 'Basic key:secret', ['--header', 'Authorization: Basic key:secret']],
  ])('takes %s from the environment', async (_, authorization, expected) => {
    const command = writeCurl(subject, { ...request, headers: { authorization } });

    expect(command).not.toMatch(/secret|c2VjcmV0|a2V5On/);
    expect(await readArguments(command)).toEqual(expect.arrayContaining(expected));
  });
});
