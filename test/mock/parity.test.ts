// Parity: server and mock return the same response to every request of one corpus.
import { once } from 'node:events';
import { connect } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutGenerated } from '../support/contract/organization.ts';
import { DEMO, exchange, PATH, type TestResponse, validateResponse } from '../support/http/http.ts';
import type { Case } from '../support/parity/parity-bodies.ts';
import { CORPUS, EXCEPTIONS, MALFORMED_HTTP } from '../support/parity/parity-corpus.ts';
import { startMockTarget, startSqliteServer, type Target } from '../support/targets.ts';

let server: Target;
let mock: Target;
beforeAll(async () => {
  [server, mock] = await Promise.all([startSqliteServer({ corsOrigins: '*' }), startMockTarget()]);
});
afterAll(() => Promise.all([server.close(), mock.close()]));

async function sendTo(target: Target, { sent }: Case): Promise<TestResponse> {
  return exchange(target.url, {
    ...sent,
    headers: { authorization: DEMO, 'content-type': 'application/json', ...sent.headers },
  });
}

/**
 * The response without values that differ between runs: date, request ID, and generated values of a new organization.
 */
function comparable({ status, headers, body }: TestResponse) {
  const { date, 'x-request-id': requestId, ...fixed } = headers;
  const same = status === 201 && typeof body === 'object' && body !== null ? withoutGenerated(body) : body;
  return { status, headers: { ...fixed, date: typeof date, 'x-request-id': requestId?.length }, body: same };
}

/** Contract violations. Preflights and responses to HEAD are not part of the contract. */
function violationsOf({ sent }: Case, response: TestResponse) {
  if (response.status === 204 || sent.method === 'HEAD') return [];
  const path = (sent.path ?? PATH).replace(/^http:\/\/[^/]+/, '').replace(/\?.*/, '');
  return validateResponse({ method: sent.method ?? 'POST', path }, response);
}

const withinFiveSeconds = <T>(work: Promise<T>): Promise<T> =>
  Promise.race([
    work,
    new Promise<never>((_, fail) => {
      setTimeout(() => fail(new Error('No response within 5 s.')), 5_000).unref();
    }),
  ]);

/** A response and its duration. A slow request is repeated once, because the machine may have been busy. */
async function timed(
  target: Target,
  each: Case,
  attempts = 2,
): Promise<{ response: TestResponse; durationMs: number }> {
  const startedMs = performance.now();
  const response = await withinFiveSeconds(sendTo(target, each));
  const durationMs = performance.now() - startedMs;
  return durationMs < 1000 || attempts === 1 ? { response, durationMs } : timed(target, each, attempts - 1);
}

describe(`server and mock, over ${CORPUS.length} requests`, () => {
  it('return the same responses, conform, and respond within a second', { timeout: 120_000 }, async () => {
    const differences: object[] = [];
    const statuses = new Set<number>();

    for (const each of CORPUS) {
      const fromServer = await sendTo(server, each);
      const { response: fromMock, durationMs } = await timed(mock, each);
      statuses.add(fromMock.status);
      const [left, right] = [comparable(fromServer), comparable(fromMock)];
      if (!isDeepStrictEqual(left, right)) differences.push({ request: each.name, server: left, mock: right });
      for (const violation of violationsOf(each, fromMock)) differences.push({ request: each.name, violation });
      if (durationMs >= 1000) differences.push({ request: each.name, durationMs });
    }

    expect(differences).toEqual([]);
    expect(CORPUS.length).toBeGreaterThanOrEqual(120);
    expect(new Set(CORPUS.map(({ name }) => name)).size).toBe(CORPUS.length);
    // Every status that a request alone can provoke.
    expect([...statuses].sort()).toEqual([201, 204, 400, 401, 404, 405, 409, 413, 415]);
  });

  it.each(EXCEPTIONS)('differ for $name, which only the server can check', async (each) => {
    const [fromServer, fromMock] = [await sendTo(server, each), await sendTo(mock, each)];

    expect(fromServer.status).toBe(each.server);
    expect(fromMock.status).toBe(201);
    expect(violationsOf(each, fromMock)).toEqual([]);
  });

  it.each(MALFORMED_HTTP)('return the same response to malformed HTTP: %s', async (_, text) => {
    const [fromServer, fromMock] = await Promise.all([sendRaw(server, text), sendRaw(mock, text)]);

    expect(fromMock).toMatch(/^HTTP\/1\.1 400 /);
    expect(withoutIds(fromMock)).toBe(withoutIds(fromServer));
  });
});

const withoutIds = (text: string) => text.replace(/(?<=^X-Request-Id: ).*$/m, 'ID').replace(/(?<=^Date: ).*$/m, 'now');

async function sendRaw(target: Target, text: string): Promise<string> {
  const { hostname, port } = new URL(target.url);
  const socket = connect(Number(port), hostname);
  let received = '';
  socket.on('data', (chunk) => (received += String(chunk)));
  socket.write(text);
  await withinFiveSeconds(once(socket, 'close'));
  return received;
}
