// A judge that is not ours: the derived requests go to the server through `prism proxy --errors`, which holds the answers against the contract.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../../generated/contract.ts';
import type { Case } from '../conformance/case.ts';
import { startChangingProxy } from '../conformance/rewriting-proxy.ts';
import { planSuite } from '../conformance/suite.ts';
import { SUBJECT } from '../conformance/tests/subject.ts';
import { createTransport } from '../conformance/transport.ts';
import type { Reply } from '../conformance/validate-response.ts';
import { ROOT } from '../support/project-copy.ts';
import { startMemoryServer, type Target } from '../support/targets.ts';

/** Prism has no route to what is not declared, checks credentials itself, reads every body as JSON, and never answers one that is none. */
function isCarried({ expected, request }: Case): boolean {
  if (expected.kind === 'refused' && ['json', 'path', 'method', 'credentials', 'size'].includes(expected.fault))
    return false;
  // It fails with a 500 of its own on a Content-Type without a slash, and takes UTF-16 for JSON that is none.
  return request.body !== '' && !/utf-16|^[^/]+$/.test(request.headers['content-type'] ?? '');
}

/** Starts Prism in front of a server; without looking at requests, for these are wrong on purpose. */
async function startPrism(upstream: string): Promise<{ url: string; child: ChildProcess }> {
  const cli = join(ROOT, 'node_modules/@stoplight/prism-cli/dist/index.js');
  const flags = ['--port', '0', '--errors', '--validate-request', 'false'];
  const child = spawn(process.execPath, [cli, 'proxy', join(ROOT, 'generated/openapi.json'), upstream, ...flags], {
    env: { ...process.env, SCARF_ANALYTICS: 'false', DO_NOT_TRACK: '1' },
  });
  let output = '';
  const url = new Promise<string>((settle, fail) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += String(chunk);
        const [, found] = /listening on (http:\/\/\S+:\d+)/.exec(output) ?? [];
        if (found) settle(found);
      });
    child.on('exit', (code) => fail(new Error(`Prism ended with ${code}: ${output}`)));
  });
  return { url: await url, child };
}

describe('prism proxy --errors', { timeout: 120_000 }, () => {
  let right: Target;
  let between: Target;
  let prism: Awaited<ReturnType<typeof startPrism>>;
  let wrong = false;

  beforeAll(async () => {
    right = await startMemoryServer();
    between = await startChangingProxy(right.url, {
      say: (answer) => {
        if (wrong) answer.body = '{"id":7}';
      },
    });
    prism = await startPrism(`${between.url}/api`);
  }, 120_000);
  afterAll(async () => {
    prism.child.kill();
    await once(prism.child, 'exit');
    await between.close();
    await right.close();
  });

  async function sendThrough(cases: Case[]): Promise<{ name: string; reply: Reply }[]> {
    const transport = createTransport(prism.url, 8);
    const queue = [...cases];
    const replies: { name: string; reply: Reply }[] = [];
    const work = async () => {
      for (let next = queue.shift(); next; next = queue.shift())
        for (const sent of [...(next.before ?? []), next.request])
          replies.push({ name: next.name, reply: await transport.send(sent) });
    };
    await Promise.all(Array.from({ length: 8 }, work)).finally(() => transport.close());
    return replies;
  }

  const complaints = (replies: { name: string; reply: Reply }[]) =>
    replies.filter(({ reply }) => reply.status >= 500 || reply.headers['content-type']?.includes('problem+json'));

  const cases = planSuite({ contract, subject: SUBJECT, seed: 1, combinations: 0 }).cases.filter(isCarried);

  it('finds no fault in the answer to any derived case that it can carry', async () => {
    const replies = await sendThrough(cases);

    expect(complaints(replies)).toEqual([]);
    expect(replies.length).toBeGreaterThanOrEqual(400);
    const statuses = new Set(replies.map(({ reply }) => reply.status));
    expect([201, 400, 409, 415].filter((status) => !statuses.has(status))).toEqual([]);
  });

  it('does find a fault when there is one', async () => {
    wrong = true;

    const replies = await sendThrough(cases.slice(0, 3));

    expect(complaints(replies)).toHaveLength(3);
  });
});
