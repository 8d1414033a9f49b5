// Probes: `/livez` and `/readyz`.
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createHealth } from '../../../server/ops/health.ts';
import { StoreUnavailableError } from '../../../server/store/store-errors.ts';
import { collectLog } from '../../support/log-lines.ts';
import { get, start } from './probed-server.ts';

describe('/livez and /readyz', () => {
  it('return 200 for GET and HEAD, with Cache-Control: no-store', async () => {
    const url = await start();

    for (const [path, status] of [
      ['/livez', 'alive'],
      ['/readyz', 'ready'],
    ] as const) {
      const response = await get(url, path);
      expect(response).toMatchObject({ status: 200, body: { status }, headers: { 'cache-control': 'no-store' } });
      expect(await get(url, path, 'HEAD')).toMatchObject({ status: 200, text: '' });
    }
  });

  it('return 405 with Allow for another method', async () => {
    const url = await start();

    for (const path of ['/livez', '/readyz', '/metrics'])
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])
        expect(await get(url, path, method)).toMatchObject({
          status: 405,
          headers: { allow: 'GET, HEAD' },
          body: { error: { type: 'MethodNotAllowed' } },
        });
  });

  it('return 404 in another spelling, and below the base path', async () => {
    const url = await start();

    for (const method of ['GET', 'PUT'])
      for (const path of ['/READYZ', '/readyz/', '/api/readyz', '/api/', '/apireadyz'])
        expect([path, (await get(url, path, method)).status]).toEqual([path, 404]);
  });

  it('are not ready during start and shutdown, without a check of the store', async () => {
    const check = vi.fn();
    const health = createHealth({ check, log: collectLog().log });
    const url = await start({ health });

    const starting = await get(url, '/readyz');
    health.phase = 'draining';
    const draining = await get(url, '/readyz');
    const live = await get(url, '/livez');

    expect(starting).toMatchObject({ status: 503, body: { status: 'not ready', reason: 'starting' } });
    expect(draining).toMatchObject({ status: 503, body: { status: 'not ready', reason: 'draining' } });
    expect(live.status).toBe(200);
    expect(check).not.toHaveBeenCalled();
  });

  it('follow the store, and each change is logged once', async () => {
    let nowMs = 0;
    const check = vi.fn(async () => {});
    const { log, lines } = collectLog();
    const url = await start({ health: createHealth({ check, log, phase: 'serving', now: () => nowMs }) });
    const ask = async () => {
      nowMs += 1000;
      return (await get(url, '/readyz')).status;
    };

    expect(await ask()).toBe(200);
    check.mockRejectedValue(new StoreUnavailableError('The disk is full.'));
    expect([await ask(), await ask(), await ask()]).toEqual([503, 503, 503]);
    check.mockResolvedValue();
    expect([await ask(), await ask()]).toEqual([200, 200]);

    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      ['error', 'not ready: the store cannot write'],
      ['info', 'ready again'],
    ]);
    expect(lines[0]?.err?.message).toBe('The disk is full.');
  });

  it('check the store at most once a second', async () => {
    const check = vi.fn(async () => {});
    const health = createHealth({ check, log: collectLog().log, phase: 'serving', now: () => 0 });

    await Promise.all(Array.from({ length: 100 }, () => health.findNotReadyReason()));

    expect(check).toHaveBeenCalledOnce();
  });

  it('are not ready when the store does not respond within 5 s', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const health = createHealth({
      check: () => new Promise(() => {}),
      log: collectLog().log,
      phase: 'serving',
      now: () => 0,
    });

    const reason = health.findNotReadyReason();
    await vi.advanceTimersByTimeAsync(5000);

    expect(await reason).toBe('database');
  });

  it('are not logged at the level info', async () => {
    const { log, lines } = collectLog();
    const url = await start({ log });

    await get(url, '/readyz');
    await get(url, '/livez');
    await get(url, '/metrics');
    await get(url, '/elsewhere');

    await vi.waitFor(() => expect(lines).toHaveLength(1));
    expect(lines[0]).toMatchObject({ path: '/elsewhere', status: 404 });
  });
});
