// How the conformance suite writes requests as `curl` commands, without credentials.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import type { HttpRequest } from '../cases/case.ts';
import { hideCredentials, writeCurl } from '../reports/curl.ts';
import { createSuite } from '../run/suite.ts';
import { SUBJECT } from './support/subject.ts';

function atobLoosely(text: string): string {
  return Buffer.from(text, 'base64').toString('latin1');
}

const request: HttpRequest = { method: 'POST', path: '/x?a=b', headers: {}, body: `{"it's": "$HOME \`id\` \\\\ !"}` };

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
    // `--data-binary` is the last option. The body follows, or @ and the name of a file.
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
