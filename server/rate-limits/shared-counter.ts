// Counts requests across all processes of a store. Reserves several at a time, so that most requests cost no round
// trip.
import { LRUCache } from 'lru-cache';
import { RateLimiterRes } from 'rate-limiter-flexible';
import type { Store } from '../store/store.ts';
import type { Counter, CounterOptions } from './limit-requests.ts';

/** Requests of a key that this process has reserved in the current window. */
interface Lease {
  remaining: number;
  /** Whether the limit is reached, remembered until the end of the window so that rejections cost no round trip. */
  isExhausted: boolean;
  /** The end of the window, by the clock of this process. */
  endMs: number;
}

/**
 * The share of the limit that a process reserves at once. As much may be unused in one process while another rejects.
 */
const SHARE = 1 / 50;

/** The maximum number of keys. An evicted lease wastes its reserved requests. */
const LIMIT = 10_000;

/**
 * Returns a counter for keys of the form `account/client`, or undefined for a store of one process. All processes
 * together never exceed `points`.
 */
export function createSharedCounter(
  store: Store,
  { points, duration }: CounterOptions,
): Pick<Counter, 'consume'> | undefined {
  if (!store.reserveRequests) return undefined;
  const reserve = store.reserveRequests.bind(store);
  const leaseSize = Math.ceil(points * SHARE);
  const leases = new LRUCache<string, Lease>({ max: LIMIT });
  const renewals = new Map<string, Promise<void>>();

  const renew = async (key: string) => {
    const slash = key.indexOf('/');
    const window = { account: key.slice(0, slash), clientId: key.slice(slash + 1), windowMs: duration * 1000 };
    const { used, remainingMs } = await reserve({ ...window, requests: leaseSize });
    const granted = Math.min(leaseSize, Math.max(0, points - (used - leaseSize)));
    leases.set(key, { remaining: granted, isExhausted: granted === 0, endMs: performance.now() + remainingMs });
  };

  return {
    async consume(key) {
      const name = String(key);
      for (;;) {
        const lease = leases.get(name);
        const remainingMs = lease ? lease.endMs - performance.now() : 0;
        if (lease && remainingMs > 0) {
          if (lease.remaining > 0) return new RateLimiterRes(--lease.remaining, remainingMs);
          if (lease.isExhausted) throw new RateLimiterRes(0, remainingMs);
        }
        const renewal = renewals.get(name) ?? renew(name).finally(() => renewals.delete(name));
        renewals.set(name, renewal);
        await renewal;
      }
    },
  };
}
