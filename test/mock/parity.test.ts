// Server and mock answer alike: one corpus goes to both, and every difference is printed.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answered, DEMO, exchange, judge, PATH } from '../support/http.ts';
import type { Case } from '../support/parity-bodies.ts';
import { CORPUS, EXCEPTIONS, NONSENSE } from '../support/parity-corpus.ts';
import { startMockTarget, startSqliteServer, type Target } from '../support/targets.ts';

let server: Target;
let mock: Target;
beforeAll(async () => {
  [server, mock] = await Promise.all([startSqliteServer({ corsOrigins: '*' }), startMockTarget()]);
});
afterAll(() => Promise.all([server.close(), mock.close()]));

async function ask(target: Target, { sent }: Case): Promise<Answered> {
  return exchange(target.url, {
    ...sent,
    headers: { authorization: DEMO, 'content-type': 'application/json', ...sent.headers },
  });
}

/** What must be the same in both: all but the time, the name of the request, and the ID of a new organization. */
function comparable({ status, headers, body }: Answered) {
  const { date, 'x-request-id': requestId, ...fixed } = headers;
  const same = status === 201 && typeof body === 'object' ? { ...body, id: 'new' } : body;
  return { status, headers: { ...fixed, date: typeof date, 'x-request-id': requestId?.length }, body: same };
}

/** Preflights and answers to HEAD have no body, and are no business of the contract. */
function findingsOf({ sent }: Case, answer: Answered) {
  if (answer.status === 204 || sent.method === 'HEAD') return [];
  const path = (sent.path ?? PATH).replace(/^http:\/\/[^/]+/, '').replace(/\?.*/, '');
  return judge({ method: sent.method ?? 'POST', path }, answer);
}

const quickly = <T>(work: Promise<T>): Promise<T> =>
  Promise.race([
    work,
    new Promise<never>((_, fail) => {
      setTimeout(() => fail(new Error('There was no answer for five seconds.')), 5_000).unref();
    }),
  ]);

/** An answer and how long it took. What took long is asked once more, for the machine may have been busy. */
async function timed(target: Target, each: Case, attempts = 2): Promise<{ answer: Answered; durationMs: number }> {
  const startedMs = performance.now();
  const answer = await quickly(ask(target, each));
  const durationMs = performance.now() - startedMs;
  return durationMs < 1000 || attempts === 1 ? { answer, durationMs } : timed(target, each, attempts - 1);
}

describe(`server and mock, over ${CORPUS.length} requests`, () => {
  it('answer the same, keep the contract, and take less than a second', { timeout: 120_000 }, async () => {
    const differences: object[] = [];
    const statuses = new Set<number>();

    for (const each of CORPUS) {
      const fromServer = await ask(server, each);
      const { answer: fromMock, durationMs } = await timed(mock, each);
      statuses.add(fromMock.status);
      const [left, right] = [comparable(fromServer), comparable(fromMock)];
      if (JSON.stringify(left) !== JSON.stringify(right))
        differences.push({ request: each.name, server: left, mock: right });
      for (const finding of findingsOf(each, fromMock)) differences.push({ request: each.name, finding });
      if (durationMs >= 1000) differences.push({ request: each.name, durationMs });
    }

    expect(differences).toEqual([]);
    expect(CORPUS.length).toBeGreaterThanOrEqual(120);
    expect(new Set(CORPUS.map(({ name }) => name)).size).toBe(CORPUS.length);
    // Every status that a request alone can cause.
    expect([...statuses].sort()).toEqual([201, 204, 400, 401, 404, 405, 409, 413, 415]);
  });

  it.each(EXCEPTIONS)('differ over $name, which only the server can know', async (each) => {
    const [fromServer, fromMock] = [await ask(server, each), await ask(mock, each)];

    expect(fromServer.status).toBe(each.server);
    expect(fromMock.status).toBe(201);
    expect(findingsOf(each, fromMock)).toEqual([]);
  });

  it.each(NONSENSE)('answer the same to what is no HTTP: %s', async (_, text) => {
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
  await quickly(once(socket, 'close'));
  return received;
}
