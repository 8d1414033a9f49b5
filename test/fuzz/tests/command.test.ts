// `npm run fuzz`: its flags, its exit codes, and the reproduction of a finding.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { version } from '../../../openapi/version.ts';
import { organizationWith } from '../../support/contract/organization.ts';
import { fuzz } from './run-fuzz.ts';

/** The URL of a server that ends with the test. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((settle) => server.once('listening', settle));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // It listens on a port, not on a pipe.
  return `http://127.0.0.1:${port}`;
}

const ID = '0190ff7e-3b1c-7d52-9c0e-4a6f8b2d1e35';
const OWNER = { id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'x' };

/** Returns 201 to the request of the preflight check, and 500 to all others. */
const failing: RequestListener = ({ method, headers }, response) => {
  const isFirst = method === 'POST' && String(headers['idempotency-key']).startsWith('bystander');
  response.writeHead(isFirst ? 201 : 500, { 'X-Request-Id': ID });
  response.end(JSON.stringify(organizationWith({ id: ID, owner: OWNER, members: [] })));
};

describe('npm run fuzz', () => {
  it.each(['--version', '-V'])('prints its version with %s', async (flag) => {
    expect(await fuzz(flag)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each(['--help', '-h'])('prints its flags with %s', async (flag) => {
    const { code, stdout } = await fuzz(flag);

    expect(code).toBe(0);
    for (const flag of ['--seconds', '--requests', '--seed', '--path', '--target', '--url', '--user'])
      expect(stdout).toContain(flag);
  });

  it.each([
    ['an unknown flag, naming the nearest', ['--second', '1'], '(Did you mean --seconds?)'],
    ['an argument', ['server'], 'too many arguments'],
    ['a number that is none', ['--seconds', '1e3'], 'whole number from 1 to 86400'],
    ['a seed that is too large', ['--seed', '4294967296'], 'whole number from 0 to 2147483648'],
    ['a path that is none', ['--path', '1:'], 'numbers separated by colons'],
    ['another target', ['--target', 'client'], 'Allowed choices are server, mock, both'],
    ['a URL that is none', ['--url', 'localhost:3000'], 'such as http://localhost:3000'],
    ['a path without its seed', ['--path', '4:0:2', '--seconds', '1'], '--path needs the --seed of the finding'],
    ['a target beside a URL', ['--target', 'mock', '--url', 'http://localhost:1'], 'cannot be used with --url'],
    ['a user without a colon', ['--user', 'key'], 'a colon and the secret'],
    ['a user for the programs that it starts', ['--user', 'a:b', '--seconds', '1'], '--user is for --url'],
    ['a URL with a path', ['--url', 'http://localhost:1/api'], 'not supported; give http://localhost:1.'],
    ['a URL with a query', ['--url', 'http://localhost:1/?a=b'], 'not supported; give http://localhost:1.'],
    ['a URL with a fragment', ['--url', 'http://localhost:1#a'], 'not supported; give http://localhost:1.'],
    ['a URL with credentials', ['--url', 'http://a:b@localhost:1'], 'give them with --user'],
  ])('rejects %s, with exit code 2', async (_name, argv, message) => {
    const { code, stderr } = await fuzz(...argv);

    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('ends with exit code 2 when no valid request is accepted at the URL', async () => {
    const url = await serve((_request, response) => response.writeHead(401).end());

    const { code, stderr } = await fuzz('--url', url);

    expect(code).toBe(2);
    expect(stderr).toContain("Not run: another client's valid request got 401");
  });

  it('stops within 100 connections when it is to send 10 requests', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(201, { 'X-Request-Id': ID, 'Content-Type': 'application/json; charset=utf-8' });
      response.end(JSON.stringify(organizationWith({ id: ID, owner: OWNER, members: [] })));
    });

    const { stdout } = await fuzz('--url', url, '--requests', '10', '--seed', '7');

    const sent = Number(/^([\d,]+) requests, \d+ findings/m.exec(stdout)?.[1]);
    const scripts = Number(/requests on ([\d,]+) connections/.exec(stdout)?.[1]);
    expect(sent).toBeGreaterThanOrEqual(10);
    expect(scripts).toBeLessThan(100);
  });

  it('ends with exit code 1 on a finding, and shows the same script again by seed and path', async () => {
    const url = await serve(failing);

    const first = await fuzz('--url', url, '--requests', '20', '--seed', '7');
    const [, seed = '', path = ''] =
      /again: npm run fuzz -- --url URL --seed (\d+) --path (\S+)/.exec(first.stdout) ?? [];
    const again = await fuzz('--url', url, '--seed', seed, '--path', path);

    expect([first.code, again.code]).toEqual([1, 1]);
    const scriptOf = (text: string) => text.slice(text.indexOf('sends'), text.indexOf('received'));
    expect(scriptOf(first.stdout)).toContain('HTTP/1.1\\r\\n');
    expect(scriptOf(again.stdout)).toBe(scriptOf(first.stdout));
  });
});
