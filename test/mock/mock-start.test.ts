// startMock: the mock in a test or a Storybook.
import { describe, expect, it, onTestFinished } from 'vitest';
import { startMock } from '../../mock/start.ts';
import { exchange, send } from '../support/http.ts';
import { ROOT, runNode } from '../support/project-copy.ts';

const VALID = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

describe('startMock', () => {
  it('gives mocks that do not disturb each other', async () => {
    const [first, second] = await Promise.all([startMock({ port: 0 }), startMock({ port: 0, delay: 20 })]);
    const body = JSON.stringify(VALID);
    const key = { 'idempotency-key': 'k' };

    expect(first.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api$/);
    await send(first.url, { body, headers: key });
    expect((await send(second.url, { body, headers: key })).headers).not.toHaveProperty('idempotency-replayed');
    await first.close();
    expect((await send(second.url, { body, headers: { prefer: 'code=429' } })).status).toBe(429);
    await second.close();

    await expect(send(second.url, { body })).rejects.toThrow('ECONNREFUSED');
  });

  it('waits as long as it is told to', async () => {
    const mock = await startMock({ port: 0, delay: [300, 400] });
    onTestFinished(() => mock.close());
    const startedMs = performance.now();

    const answer = await send(mock.url, { path: '/api/x' });

    expect(answer.status).toBe(404);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(299);
  });

  it.each([[-1], [0.5], [Number.NaN], [60_001], [[2, 1]], [[0, Number.POSITIVE_INFINITY]]])(
    'refuses the delay %j',
    async (delay) => {
      await expect(startMock({ port: 0, delay: delay as number })).rejects.toThrow('such as 200'); // Some are pairs.
    },
  );

  it('closes while requests wait for it, and answers preflights at once', async () => {
    const mock = await startMock({ port: 0, delay: 60_000 });
    const waiting = send(mock.url, { body: VALID }).catch((error: Error) => error.message);
    const preflight = { origin: 'https://a.example', 'access-control-request-method': 'POST' };
    // It is answered after the other has arrived, for both go one after the other through the same accept queue.
    await exchange(mock.url, { method: 'OPTIONS', headers: preflight });

    await mock.close();

    expect(await waiting).toMatch(/ECONN|socket hang up/);
  });

  it('leaves nothing behind that keeps a process alive', async () => {
    const script = `
      const { startMock } = await import('./mock/start.ts');
      const mock = await startMock({ port: 0 });
      const body = ${JSON.stringify(JSON.stringify(VALID))};
      const headers = { authorization: 'Basic a2V5OnNlY3JldA==', 'content-type': 'application/json', prefer: 'code=429' };
      const answer = await fetch(mock.url + '/customer-organizations', { method: 'POST', headers, body });
      await mock.close();
      const closedMs = performance.now();
      process.on('exit', () => console.log(answer.status, performance.now() - closedMs < 1000));
    `;

    const ran = await runNode(['--input-type=module', '--eval', script], { cwd: ROOT });

    expect(ran).toEqual({ code: 0, stdout: '429 true\n', stderr: '' });
  });
});
