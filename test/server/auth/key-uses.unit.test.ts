// Records of when API keys were used: few writes, and none that a request waits for.
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { KeyUses } from '../../../server/auth/key-uses.ts';
import type { ApiKeyUse } from '../../../server/store/records.ts';
import { collectLog } from '../../support/log-lines.ts';

const START_MS = Date.UTC(2026, 0, 1);

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS });
  onTestFinished(() => void vi.useRealTimers());
});

function start(recordApiKeyUses = vi.fn(async (_: readonly ApiKeyUse[]) => {})) {
  const { log, lines } = collectLog();
  const uses = new KeyUses({ recordApiKeyUses }, { log });
  return { uses, recordApiKeyUses, lines };
}

const use = (clientId: string, afterMs: number) => ({
  account: 'account',
  clientId,
  usedAt: new Date(START_MS + afterMs),
});
const principal = (clientId: string) => ({ account: 'account', clientId });

describe('uses of keys', () => {
  it('are stored every 30 s, each key once with its last use', async () => {
    const { uses, recordApiKeyUses } = start();

    for (let second = 0; second < 20; second++) {
      uses.record(principal('a'));
      if (second === 3) uses.record(principal('b'));
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(recordApiKeyUses).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(10_000);

    expect(recordApiKeyUses.mock.calls).toEqual([[[use('a', 19_000), use('b', 3000)]]]);
  });

  it('are not written when there are none', async () => {
    const { recordApiKeyUses } = start();

    await vi.advanceTimersByTimeAsync(120_000);

    expect(recordApiKeyUses).not.toHaveBeenCalled();
  });

  it('are kept for the next time when the store fails', async () => {
    const failing = vi.fn(async (_: readonly ApiKeyUse[]) => {});
    failing.mockRejectedValueOnce(new Error('It is locked.'));
    const { uses, lines } = start(failing);

    uses.record(principal('a'));
    uses.record(principal('b'));
    await vi.advanceTimersByTimeAsync(30_000);
    uses.record(principal('b'));
    await vi.advanceTimersByTimeAsync(30_000);

    expect(failing.mock.calls[1]).toEqual([[use('a', 0), use('b', 30_000)]]);
    expect(lines).toMatchObject([{ level: 'warn', msg: 'the last use of API keys could not be stored' }]);
  });

  it('are stored at the end', async () => {
    const { uses, recordApiKeyUses } = start();

    uses.record(principal('a'));
    await uses.stop();

    expect(recordApiKeyUses.mock.calls).toEqual([[[use('a', 0)]]]);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(recordApiKeyUses).toHaveBeenCalledOnce();
  });
});
