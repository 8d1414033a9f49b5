// The log of failures: an outage is one line a second, whatever the number of requests that it fails.
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { FailureLog } from '../../../server/edge/log/failure-log.ts';
import { collectLog } from '../../support/log-lines.ts';

function start() {
  const { log, lines } = collectLog();
  return { failures: new FailureLog(log), lines };
}

const outage = (reason = 'ECONNREFUSED') => new Error('The store is unavailable.', { cause: new Error(reason) });

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

describe('the log of failures', () => {
  it('logs the first failure immediately, in full', () => {
    const { failures, lines } = start();

    failures.add({ requestId: 'r1', traceId: 't1', err: outage() });

    expect(lines).toMatchObject([
      { level: 'error', msg: 'request failed', requestId: 'r1', traceId: 't1', err: { stack: expect.any(String) } },
    ]);
  });

  it('has one line per second for equal failures, with their number, for as long as they last', () => {
    const { failures, lines } = start();

    for (let second = 0; second < 3; second++) {
      for (let n = 0; n < 1000; n++) failures.add({ requestId: `r${second}-${n}`, err: outage() });
      vi.advanceTimersByTime(1000);
    }

    expect(lines.map(({ msg, count }) => [msg, count])).toEqual([
      ['request failed', undefined],
      ['requests failed', 999],
      ['requests failed', 1000],
      ['requests failed', 1000],
    ]);
    expect(lines[1]).toMatchObject({ err: { cause: { message: 'ECONNREFUSED' } } });
    expect(lines[1]?.requestIds).toEqual(Array.from({ length: 10 }, (_, n) => `r0-${n + 1}`));
  });

  it('logs the next failure at once after a second without any', () => {
    const { failures, lines } = start();

    failures.add({ requestId: 'r1', err: outage() });
    vi.advanceTimersByTime(1000);
    failures.add({ requestId: 'r2', err: outage() });

    expect(lines.map(({ msg, requestId }) => [msg, requestId])).toEqual([
      ['request failed', 'r1'],
      ['request failed', 'r2'],
    ]);
  });

  it('logs failures at once that differ in their message, or in that of a cause', () => {
    const { failures, lines } = start();

    failures.add({ requestId: 'r1', err: outage() });
    failures.add({ requestId: 'r2', err: outage('ETIMEDOUT') });
    failures.add({ requestId: 'r3', err: new TypeError('It is a defect.') });
    failures.add({ requestId: 'r4', err: 'not an error' });

    expect(lines.map(({ requestId }) => requestId)).toEqual(['r1', 'r2', 'r3', 'r4']);
  });

  it('has at most 21 lines per second for any number of different failures, and counts the rest', () => {
    const { failures, lines } = start();

    for (let n = 0; n < 1000; n++) failures.add({ requestId: `r${n}`, err: new Error(`number ${n}`) });
    expect(lines).toHaveLength(21);
    vi.advanceTimersByTime(1000);

    expect(lines.slice(21)).toMatchObject([{ msg: 'requests failed', count: 979 }]);
  });
});
