// How the conformance suite sends single requests, retries them, and writes them as `curl` commands.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { startLimitedServer } from '../../support/failing-targets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import type { HttpRequest } from '../cases/case.ts';
import { hideCredentials, writeCurl } from '../reports/curl.ts';
import { MalformedResponseError } from '../send/malformed-response.ts';
import { createSender, RateLimitedError } from '../send/sender.ts';
import { createTransport } from '../send/transport.ts';
import { createSuite, runSuite } from '../suite.ts';
import type { HttpResponse } from '../validate/validate-response.ts';
import { SUBJECT } from './subject.ts';

function atobLoosely(text: string): string {
  return Buffer.from(text, 'base64').toString('latin1');
}

const request: HttpRequest = { method: 'POST', path: '/x?a=b', headers: {}, body: `{"it's": "$HOME \`id\` \\\\ !"}` };

describe('createSender', () => {
  /** A clock that advances only while code waits, and a transport that records when it is used. */
  function createFixture(respond: (count: number) => Partial<HttpResponse>) {
    let nowMs = 0;
    const sentMs: number[] = [];
    const waits: number[] = [];
    return {
      sentMs,
      waits,
      clock: {
        nowMs: () => nowMs,
        wait: async (ms: number) => {
          nowMs += ms;
        },
      },
      onWait: (seconds: number) => void waits.push(seconds),
      transport: {
        send: async () => {
          sentMs.push(nowMs);
          return { status: 200, headers: {}, text: '', ...respond(sentMs.length) };
        },
      },
    };
  }
  const refuse = (retryAfter?: string): Partial<HttpResponse> => ({
    status: 429,
    headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  });

  it('sends no faster than the rate', async () => {
    const fixture = createFixture(() => ({}));
    const send = createSender(fixture.transport, { rate: 100, ...fixture });

    for (let count = 0; count < 5; count++) await send(request);

    expect(fixture.sentMs).toEqual([0, 10, 20, 30, 40]);
  });

  it('retries after the time in Retry-After', async () => {
    const fixture = createFixture((count) => (count === 1 ? refuse('30') : {}));
    const refusals: number[] = [];

    const response = await createSender(fixture.transport, fixture)(request, ({ status }) => refusals.push(status));

    expect(response.status).toBe(200);
    expect(fixture.sentMs).toEqual([0, 30_000]);
    expect(fixture).toMatchObject({ waits: [30] });
    expect(refusals).toEqual([429]);
  });

  it('sends no other request during the wait', async () => {
    const fixture = createFixture((count) => (count === 1 ? refuse('30') : {}));
    const send = createSender(fixture.transport, fixture);

    await Promise.all([send(request), send(request).then(() => send(request))]);

    // The second request was sent before the first 429.
    expect(fixture.sentMs.slice(0, 2)).toEqual([0, 0]);
    expect(fixture.sentMs.slice(2).every((ms) => ms >= 30_000)).toBe(true);
  });

  it('backs off exponentially without Retry-After, and gives up after six retries', async () => {
    const fixture = createFixture(() => refuse());

    await expect(createSender(fixture.transport, fixture)(request)).rejects.toThrow(RateLimitedError);

    expect(fixture.waits).toEqual([1, 2, 4, 8, 16, 32]);
  });

  it.each([
    ['20 retries', '1', 21],
    ['a Retry-After of more than ten minutes', '601', 1],
  ])('gives up after %s', async (_, retryAfter, sent) => {
    const fixture = createFixture(() => refuse(retryAfter));

    await expect(createSender(fixture.transport, fixture)(request)).rejects.toThrow(RateLimitedError);

    expect(fixture.sentMs).toHaveLength(sent);
  });
});

describe('runSuite', () => {
  it('reports a Retry-After that is too short', async () => {
    const target = await startLimitedServer();
    onTestFinished(() => target.close());
    let nowMs = 0;
    const clock = {
      nowMs: () => nowMs,
      wait: async (ms: number) => {
        nowMs += ms;
      },
    };
    const subject = { url: `${target.url}/api`, ...SUBJECT };
    const options = { contract, subject, seed: 1, combinations: 0, connections: 1, clock, stopWhen: () => true };

    const [outcome] = await runSuite(options);

    expect(outcome?.refusals).toHaveLength(21);
    expect(outcome?.violations).toMatchObject([
      { rule: 'header value', quote: 'Retry after the seconds in `Retry-After`.' },
    ]);
  });
});

describe('createSender, when the service is unavailable', () => {
  const unavailable = (after: string) => ({ status: 503, headers: { 'retry-after': after }, text: '' });

  async function sendTo(responses: HttpResponse[], unavailableRetries?: number) {
    const waits: number[] = [];
    const refusals: number[] = [];
    const queue = [...responses];
    const send = createSender(
      { send: async () => queue.shift() ?? { status: 201, headers: {}, text: '' } },
      {
        ...(unavailableRetries !== undefined && { unavailableRetries }),
        clock: { nowMs: () => 0, wait: async () => {} },
        onWait: (seconds) => void waits.push(seconds),
      },
    );
    const { status } = await send(request, (refusal) => void refusals.push(refusal.status));
    return { status, waits, refusals };
  }

  it('retries a 503 after the time in Retry-After', async () => {
    expect(await sendTo([unavailable('2')], 5)).toEqual({ status: 201, waits: [2], refusals: [503] });
  });

  it.each([
    ['four times in a row', Array.from({ length: 4 }, () => unavailable('1')), 50, 3],
    ['more often than a run allows', Array.from({ length: 3 }, () => unavailable('1')), 2, 2],
    ['with a Retry-After of 11 seconds', [unavailable('11')], 5, 0],
    ['without Retry-After', [{ status: 503, headers: {}, text: '' }], 5, 0],
    ['before a run', [unavailable('1')], undefined, 0],
  ])('resolves with a 503 that comes %s', async (_, responses, retries, repeated) => {
    const { status, refusals } = await sendTo(responses, retries);

    expect({ status, refusals: refusals.length }).toEqual({ status: 503, refusals: repeated });
  });
});

describe('createTransport', () => {
  /** A transport to a server that sends these bytes to each connection, and closes it or keeps it open. */
  async function connectTo(bytes: string, ends: boolean) {
    const server = createServer((socket) => {
      socket.on('error', () => {}); // Clients may reset the connection.
      socket.once('data', () => (ends ? socket.end(bytes) : socket.write(bytes)));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // It listens on a port, not on a pipe.
    const transport = createTransport(`http://127.0.0.1:${port}/api`, 1, 5_000);
    onTestFinished(() => {
      transport.close();
      server.close();
    });
    return transport;
  }
  const UPGRADE = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n';

  it.each([
    ['closes the connection', UPGRADE, true],
    ['keeps the connection open', UPGRADE, false],
    ['names no protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', false],
    ['sends more after it', `${UPGRADE}HTTP/1.1 204 No Content\r\n\r\n`, false],
  ])('resolves with a 101 that no request asked for, when the server %s', async (_, bytes, ends) => {
    const transport = await connectTo(bytes, ends);

    expect(await transport.send(request)).toMatchObject({ status: 101, text: '' });
    expect(await transport.openConnection().send(request)).toMatchObject({ status: 101 });
    expect(await transport.sendTogether([request, request])).toMatchObject([{ status: 101 }, { status: 101 }]);
    await expect(transport.sendPipelined([request, request])).rejects.toThrow(MalformedResponseError);
  });

  it('takes several responses of 100 Continue for one', async () => {
    const bytes = `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(2)}HTTP/1.1 204 No Content\r\n\r\n`;
    const transport = await connectTo(bytes, false);

    const response = await transport.send({ ...request, headers: { expect: '100-continue' } });

    expect(response.status).toBe(204);
  });

  it('rejects when a server closes the connection after 100 Continue', async () => {
    const transport = await connectTo('HTTP/1.1 100 Continue\r\n\r\n', true);

    await expect(transport.send({ ...request, headers: { expect: '100-continue' } })).rejects.toThrow('socket hang up');
    await expect(transport.sendPipelined([request, request])).rejects.toThrow('after 0 of 2 responses');
  });
});

describe('hideCredentials', () => {
  it('replaces the credentials in received text', () => {
    const subject = { url: '', ...SUBJECT, clientId: 'client', secret: 'a-long-secret' };

    const shown = hideCredentials(subject, `client:a-long-secret ${btoa('client:a-long-secret')} a-long-secret client`);

    expect(shown).toBe('(credentials) (credentials) (credentials) client');
  });
});

describe('writeCurl', () => {
  const subject = { url: 'http://127.0.0.1/api', ...SUBJECT };

  /** The arguments that a shell passes to curl. */
  async function readArguments(command: string, variables: Record<string, string> = {}): Promise<string[]> {
    await using folder = await temporaryFolder();
    const stub = join(folder.path, 'curl');
    await writeFile(stub, `#!/bin/sh\nprintf '%s\\0' "$@"\n`);
    await chmod(stub, 0o755);
    const env = {
      PATH: `${folder.path}:${process.env.PATH}`,
      CONFORMANCE_USER: `${subject.clientId}:${subject.secret}`,
      ...variables,
    };
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { env });
    return stdout.split('\0').slice(0, -1);
  }

  it('passes the request to curl unchanged', async () => {
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

  /** The body that a shell gives to curl. */
  async function readBody(command: string): Promise<Buffer> {
    await using folder = await temporaryFolder();
    const stub = join(folder.path, 'curl');
    // `--data-binary` is last: what follows is the body, or @ and the name of a file.
    const script = `for last; do :; done; case $last in @-) cat;; @*) cat "\${last#@}";; *) printf %s "$last";; esac`;
    await writeFile(stub, `#!/bin/sh\n${script}\n`);
    await chmod(stub, 0o755);
    const env = { PATH: `${folder.path}:${process.env.PATH}` };
    const { stdout } = await promisify(execFile)('sh', ['-c', command], {
      env,
      encoding: 'buffer',
      maxBuffer: 2 ** 22,
    });
    return stdout;
  }

  const PADDED = JSON.stringify({ memberIds: Array.from({ length: 10_000 }, () => SUBJECT.owner) });
  it.each<[name: string, body: string | Buffer, inline: RegExp]>([
    ['JSON with quotes', `{"it's": "$HOME %s \\n"}`, /--data-binary '\{/],
    ['control characters and NUL', '{"a":"\u0000\u001b[0m"}', /^printf '/],
    ['bytes that are not UTF-8', Buffer.from([0x2d, 0x25, 0x5c, 0xff, 0xfe, 0x27, 0x0a, 0x00]), /^printf '/],
    ['a body that begins like the name of a file', '@/etc/hostname', /^printf '/],
    ['a compressed body', gzipSync('{}'), /^printf '/],
    ['a body of 1 MiB', `{"ownerId":"${' '.repeat(2 ** 20)}"}`, /^printf %s \S+ \| base64 -d \| gunzip \| /],
    ['a body with 10,000 members', PADDED, /^printf %s \S+ \| base64 -d \| gunzip \| /],
    ['an empty body', '', /--data-binary ''/],
  ])('contains %s', async (_, body, inline) => {
    const command = writeCurl(subject, { ...request, body });

    expect(command).toMatch(inline);
    expect(command.length).toBeLessThan(3_000);
    expect(await readBody(command)).toEqual(Buffer.from(body));
  });

  it('names a file with a large body that does not compress, the same one each time', async () => {
    const body = randomBytes(10_000);
    const command = writeCurl(subject, { ...request, body });

    expect(command).toMatch(/--data-binary '@\/\S+\.body'$/);
    expect(writeCurl(subject, { ...request, body })).toBe(command);
    expect(await readBody(command)).toEqual(body);
  });

  it('writes credentials of every kind without showing a secret', async () => {
    const credentials = { clientId: 'client', secret: 'Ab3-a-secret-that-is-long' };
    const others = {
      user2: { clientId: 'c2', secret: 'The-second:secret' },
      otherUser: { clientId: 'o', secret: 'Elsewhere1' },
    };
    const users = { url: subject.url, owner: SUBJECT.owner, members: SUBJECT.members, ...credentials, ...others };
    const env = { CONFORMANCE_USER2: 'c2:The-second:secret', CONFORMANCE_OTHER_USER: 'o:Elsewhere1' };
    const { cases } = createSuite({ contract, subject: users, seed: 1, combinations: 0 });
    const sent = new Map(
      cases
        .flatMap(({ before = [], request: last }) => [...before, last])
        .map((each) => [each.headers.authorization ?? '', each] as const),
    );
    expect(sent.size).toBeGreaterThan(25);

    for (const [authorization, each] of sent) {
      const command = writeCurl(users, { ...each, body: '{}' });
      const readable = command + (command.match(/[A-Za-z0-9+/]{8,}/g) ?? []).map((text) => atobLoosely(text)).join();
      for (const { secret } of [credentials, others.user2, others.otherUser]) {
        expect(readable.toLowerCase(), command).not.toContain(secret.slice(0, -1).toLowerCase());
      }
      if (authorization === '') continue;
      const args = await readArguments(command, { ...env, CONFORMANCE_USER: 'client:Ab3-a-secret-that-is-long' });
      const user = args.indexOf('--user');
      const header = args.find((arg) => arg.startsWith('Authorization: '))?.slice('Authorization: '.length);
      expect(user === -1 ? header : `Basic ${Buffer.from(args[user + 1] ?? '').toString('base64')}`).toBe(
        authorization,
      );
    }
  });

  it.each([
    ['the correct credentials', 'Basic a2V5OnNlY3JldA==', ['--user', 'key:secret']],
    ['a wrong secret', `Basic ${btoa('key:secretx')}`, ['--user', 'key:secretx']],
    ['the correct secret of another client', `Basic ${btoa('c"$`d:secret')}`, ['--user', 'c"$`d:secret']],
    ['another scheme', 'Bearer a2V5OnNlY3JldA==', ['--header', 'Authorization: Bearer a2V5OnNlY3JldA==']],
    ['credentials that are not encoded', 'Basic key:secret', ['--header', 'Authorization: Basic key:secret']],
  ])('reads %s from the environment', async (_, authorization, expected) => {
    const command = writeCurl(subject, { ...request, headers: { authorization } });

    expect(command).not.toMatch(/secret|c2VjcmV0|a2V5On/);
    expect(await readArguments(command)).toEqual(expect.arrayContaining(expected));
  });
});
