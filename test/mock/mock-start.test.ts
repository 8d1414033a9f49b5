// startMock: the mock as part of a test or a Storybook.
import { describe, expect, it, onTestFinished } from 'vitest';
import { startMock } from '../../mock/start.ts';
import { exchange, send } from '../support/http.ts';
import { ROOT, runNode } from '../support/project-copy.ts';

const VALID = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

describe('startMock', () => {
  it('starts mocks that are independent of each other', async () => {
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

  it('delays every response by at least the lower bound of `delay`', async () => {
    const mock = await startMock({ port: 0, delay: [300, 400] });
    onTestFinished(() => mock.close());
    const startedMs = performance.now();

    const response = await send(mock.url, { path: '/api/x' });

    expect(response.status).toBe(404);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(299);
  });

  it.each([[-1], [0.5], [Number.NaN], [60_001], [[2, 1]], [[0, Number.POSITIVE_INFINITY]]])(
    'refuses the delay %j',
    async (delay) => {
      await expect(startMock({ port: 0, delay: delay as number })).rejects.toThrow('such as 200'); // Some are pairs.
    },
  );

  it('responds to preflights without delay, and closes while requests are delayed', async () => {
    const mock = await startMock({ port: 0, delay: 60_000 });
    const waiting = send(mock.url, { body: VALID }).catch((error: Error) => error.message);
    const preflight = { origin: 'https://a.example', 'access-control-request-method': 'POST' };
    // The preflight arrives after the other request: both pass the same accept queue in order.
    await exchange(mock.url, { method: 'OPTIONS', headers: preflight });

    await mock.close();

    expect(await waiting).toMatch(/ECONN|socket hang up/);
  });

  it('lets the process exit within a second after close', async () => {
    const script = `
      const { startMock } = await import('./mock/start.ts');
      const mock = await startMock({ port: 0 });
      const body = ${JSON.stringify(JSON.stringify(VALID))};
      const authorization = 'Basic a2V5OnNlY3JldA==';
      const headers = { authorization, 'content-type': 'application/json', prefer: 'code=429' };
      const response = await fetch(mock.url + '/customer-organizations', { method: 'POST', headers, body });
      await mock.close();
      const closedMs = performance.now();
      process.on('exit', () => console.log(response.status, performance.now() - closedMs < 1000));
    `;

    const ran = await runNode(['--input-type=module', '--eval', script], { cwd: ROOT });

    expect(ran).toEqual({ code: 0, stdout: '429 true\n', stderr: '' });
  });
});
