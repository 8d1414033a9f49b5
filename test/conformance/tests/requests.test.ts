// What the conformance suite does with single requests: how fast it sends them, how long it waits, and how it writes them as `curl`.
import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/targets.ts';
import type { Sent } from '../case.ts';
import { hideCredentials, writeCurl } from '../curl.ts';
import { createSender, TurnedAway } from '../sender.ts';
import type { Reply } from '../validate-response.ts';
import { SUBJECT } from './subject.ts';

const request: Sent = { method: 'POST', path: '/x?a=b', headers: {}, body: `{"it's": "$HOME \`id\` \\\\ !"}` };

describe('the sender', () => {
  /** Time that passes only when somebody waits, and a transport that tells when it was used. */
  function createScene(answer: (count: number) => Partial<Reply>) {
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
          return { status: 200, headers: {}, text: '', ...answer(sentMs.length) };
        },
      },
    };
  }
  const refuse = (retryAfter?: string): Partial<Reply> => ({
    status: 429,
    headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  });

  it('keeps to the rate', async () => {
    const scene = createScene(() => ({}));
    const send = createSender(scene.transport, { rate: 100, ...scene });

    for (let count = 0; count < 5; count++) await send(request);

    expect(scene.sentMs).toEqual([0, 10, 20, 30, 40]);
  });

  it('waits as long as a 429 says, and repeats', async () => {
    const scene = createScene((count) => (count === 1 ? refuse('30') : {}));
    const refusals: number[] = [];

    const reply = await createSender(scene.transport, scene)(request, ({ status }) => refusals.push(status));

    expect(reply.status).toBe(200);
    expect(scene.sentMs).toEqual([0, 30_000]);
    expect(scene).toMatchObject({ waits: [30] });
    expect(refusals).toEqual([429]);
  });

  it('sends no other request meanwhile', async () => {
    const scene = createScene((count) => (count === 1 ? refuse('30') : {}));
    const send = createSender(scene.transport, scene);

    await Promise.all([send(request), send(request).then(() => send(request))]);

    // The second was on its way already.
    expect(scene.sentMs.slice(0, 2)).toEqual([0, 0]);
    expect(scene.sentMs.slice(2).every((ms) => ms >= 30_000)).toBe(true);
  });

  it('waits longer each time when no answer says how long, and gives up', async () => {
    const scene = createScene(() => refuse());

    await expect(createSender(scene.transport, scene)(request)).rejects.toThrow(TurnedAway);

    expect(scene.waits).toEqual([1, 2, 4, 8, 16, 32]);
  });

  it.each([
    ['20 refusals', '1', 21],
    ['a wait of more than ten minutes', '601', 1],
  ])('gives up after %s', async (_, retryAfter, sent) => {
    const scene = createScene(() => refuse(retryAfter));

    await expect(createSender(scene.transport, scene)(request)).rejects.toThrow(TurnedAway);

    expect(scene.sentMs).toHaveLength(sent);
  });
});

describe('the report', () => {
  it('repeats no credentials that an answer shows', () => {
    const subject = { url: '', ...SUBJECT, clientId: 'client', secret: 'a-long-secret' };

    const shown = hideCredentials(subject, `client:a-long-secret ${btoa('client:a-long-secret')} a-long-secret client`);

    expect(shown).toBe('(credentials) (credentials) (credentials) client');
  });
});

describe('a curl command', () => {
  const subject = { url: 'http://127.0.0.1/api', ...SUBJECT };

  /** What a shell hands to curl. */
  async function readArguments(command: string): Promise<string[]> {
    await using folder = await temporaryFolder();
    const stub = join(folder.path, 'curl');
    await writeFile(stub, `#!/bin/sh\nprintf '%s\\0' "$@"\n`);
    await chmod(stub, 0o755);
    const env = {
      PATH: `${folder.path}:${process.env.PATH}`,
      CONFORMANCE_USER: `${subject.clientId}:${subject.secret}`,
    };
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { env });
    return stdout.split('\0').slice(0, -1);
  }

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
    ['the right secret of another client', `Basic ${btoa('c"$`d:secret')}`, ['--user', 'c"$`d:secret']],
    ['another scheme', 'Bearer a2V5OnNlY3JldA==', ['--header', 'Authorization: Bearer a2V5OnNlY3JldA==']],
    ['credentials that are not encoded', 'Basic key:secret', ['--header', 'Authorization: Basic key:secret']],
  ])('takes %s from the environment', async (_, authorization, expected) => {
    const command = writeCurl(subject, { ...request, headers: { authorization } });

    expect(command).not.toMatch(/secret|c2VjcmV0|a2V5On/);
    expect(await readArguments(command)).toEqual(expect.arrayContaining(expected));
  });
});
