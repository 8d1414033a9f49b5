// The conformance command against servers that do not implement the contract, and behind a proxy.
import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CERTIFICATE, KEY } from '../../support/postgres/tls.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { FAST, RATE_LIMITED, runCommand, shareReference, startOtherServer } from './conformance-command.ts';

const reference = shareReference();
const { startDefective, startRewriting } = reference;

describe('npm run conformance against other servers', () => {
  it('does not start against a site that returns a page for everything', async () => {
    const url = await startOtherServer((_, response) => {
      response.setHeader('Content-Type', 'text/html').end('<p>Hello</p>');
    });

    const { code, stderr } = await runCommand(url, ...FAST);

    expect(code).toBe(2);
    expect(stderr).toMatch(/^Run not started: .* returned 200 with an HTML page\. Is .* the base URL of the API\?$/m);
  });

  const OTHER_SERVERS: [name: string, listener: RequestListener, message: RegExp][] = [
    ['resets the connection', (request) => request.socket.destroy(), /No response from \S+ \(socket hang up\)/],
    ['never responds', () => {}, /no complete response within 1 s\). Does it need longer\? Set --timeout\.$/m],
    [
      'redirects',
      (_, response) => response.writeHead(301, { location: 'https://example.com/' }).end(),
      /redirects with 301 to https:\/\/example\.com\//,
    ],
    [
      'expects TLS',
      (_, response) => response.writeHead(400).end('Client sent an HTTP request to an HTTPS server.\n'),
      /expects TLS\. Does its address begin with https\?/,
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
