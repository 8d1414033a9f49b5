// Requests whose response a test delays or holds back, beside those of others.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { create, failed, mock, shareMock, useShared, VALID } from './controlled-mock.ts';

const WAITING = 20;

shareMock();

describe('a request that waits for its response', () => {
  beforeEach(useShared);

  // With a turn of a second for two of them at a time, they would take ten seconds.
  it.each([
    ['of 40 KB', 'delayed', 40_000, { delayMs: 60_000 }],
    ['of 40 KB', 'without a response', 40_000, { hang: true as const }],
    ['of 100 KB', 'delayed', 100_000, { delayMs: 60_000 }],
    ['of 100 KB', 'without a response', 100_000, { hang: true as const }],
  ])('does not keep others waiting: %s, %s', async (_size, _outcome, bytes, directive) => {
    const body = JSON.stringify(VALID).padEnd(bytes);
    mock.next({ ...directive, times: WAITING });

    const waiting = Array.from({ length: WAITING }, () => failed(create({ body })));
    await vi.waitFor(() => expect(mock.requests).toHaveLength(WAITING), 4000);

    expect((await create({ body })).status).toBe(201);
    mock.reset();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['ECONNRESET']));
  });
});
