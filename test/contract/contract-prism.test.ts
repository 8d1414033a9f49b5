// Validates with an independent validator: sends the derived requests through `prism proxy --errors`, which validates
// the server's responses.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../../generated/contract.ts';
import type { Case, SetupRequest } from '../conformance/cases/case.ts';
import { startRewritingProxy } from '../conformance/defects/rewriting-proxy.ts';
import { createSuite } from '../conformance/run/suite.ts';
import { createTransport } from '../conformance/send/transport.ts';
import { SUBJECT } from '../conformance/tests/support/subject.ts';
import type { HttpResponse } from '../conformance/validate/validate-response.ts';
import { ROOT } from '../support/project-copy.ts';
import { startMemoryServer, type Target } from '../support/targets.ts';

/**
 * Prism has no route for undeclared paths and methods, checks credentials itself, reads every body as JSON, even a
 * compressed one, forwards a chunked body with two framings, never responds to malformed JSON or to pipelined requests,
 * and disconnects clients that close their side.
 */
function isSupported({ delivery, before = [], request, expected }: Case): boolean {
  return delivery === undefined && [...before, { ...request, expected }].every(isSupportedRequest);
}

function isSupportedRequest({ expected, body, headers, halfClose }: SetupRequest): boolean {
  if (halfClose || headers['content-encoding'] !== undefined || headers['transfer-encoding'] !== undefined)
    return false;
  if (expected?.kind === 'rejected' && ['json', 'path', 'method', 'credentials', 'size'].includes(expected.error))
    return false;
  // Prism returns its own 500 for a Content-Type without a slash, and reads UTF-16 as malformed JSON.
  return isJson(body) && !/utf-16|^[^/]+$/.test(headers['content-type'] ?? '');
}

function isJson(body: string | Buffer | undefined): boolean {
  try {
    if (body !== undefined) JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(body)));
    return true;
  } catch {
    return false;
  }
}

/** Starts Prism in front of a server. Request validation is off, because many requests are invalid on purpose. */
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
    child.on('exit', (code) => fail(new Error(`Prism exited with ${code}: ${output}`)));
  });
  return { url: await url, child };
}

describe('prism proxy --errors', { timeout: 120_000 }, () => {
  let reference: Target;
  let proxy: Target;
  let prism: Awaited<ReturnType<typeof startPrism>>;
  let returnsInvalid = false;

  beforeAll(async () => {
    reference = await startMemoryServer();
    proxy = await startRewritingProxy(reference.url, {
      response: (response) => {
        if (returnsInvalid) response.body = '{"id":7}';
      },
    });
    prism = await startPrism(`${proxy.url}/api`);
  }, 120_000);
  afterAll(async () => {
    prism.child.kill();
    await once(prism.child, 'exit');
    await proxy.close();
    await reference.close();
  });

  async function sendThrough(cases: Case[]): Promise<{ name: string; response: HttpResponse }[]> {
    const transport = createTransport(prism.url, 8);
    const queue = [...cases];
    const responses: { name: string; response: HttpResponse }[] = [];
    const work = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const { name } = next;
        for (const request of [...(next.before ?? []), next.request]) {
          const response = await transport.send(request).catch((cause: Error) => {
            throw new Error(`${name}: ${cause.message}`, { cause });
          });
          responses.push({ name, response });
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, work)).finally(() => transport.close());
    return responses;
  }

  const violationsIn = (responses: { name: string; response: HttpResponse }[]) =>
    responses.filter(
      ({ response }) => response.status >= 500 || response.headers['content-type']?.includes('problem+json'),
    );

  const cases = createSuite({ contract, subject: SUBJECT, seed: 1, combinations: 0 }).cases.filter(isSupported);

  it('finds no violation in the responses to all derived cases that it supports', async () => {
    const responses = await sendThrough(cases);

    expect(violationsIn(responses)).toEqual([]);
    expect(responses.length).toBeGreaterThanOrEqual(400);
    const statuses = new Set(responses.map(({ response }) => response.status));
    expect([201, 400, 409, 415].filter((status) => !statuses.has(status))).toEqual([]);
  });

  it('reports an invalid response', async () => {
    returnsInvalid = true;

    const responses = await sendThrough(cases.slice(0, 3));

    expect(violationsIn(responses)).toHaveLength(3);
  });
});
