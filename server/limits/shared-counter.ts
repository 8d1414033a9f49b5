// Counts requests together with the other processes on the same store. Takes them from the store in handfuls, so that few requests cost a round trip.
import { RateLimiterRes } from 'rate-limiter-flexible';
import type { Store } from '../store/store.ts';
import type { Counter, CounterOptions } from './limit-requests.ts';

interface Lease {
  left: number;
  /** The whole number is used up: remembered until the window is over, so that refusing costs no round trip. */
  exhausted: boolean;
  /** When the window ends, by this process's clock. */
  endsMs: number;
}

/** Of the whole number, what one process takes at once. So much may lie unused in one process while another one refuses. */
const SHARE = 1 / 50;
/** Keys at most that this process holds requests for; beyond, the oldest lease is dropped. */
const LIMIT = 10_000;

/** A counter for keys of the form `account/client`, or undefined where the store serves one process. Never lets more through than `points`, in all processes together. */
export function createSharedCounter(
  store: Store,
  { points, duration }: CounterOptions,
): Pick<Counter, 'consume'> | undefined {
  if (!store.takeRequests) return undefined;
  const take = store.takeRequests.bind(store);
  const handful = Math.ceil(points * SHARE);
  const leases = new Map<string, Lease>();
  const renewals = new Map<string, Promise<void>>();

  const renew = async (key: string) => {
    const slash = key.indexOf('/');
    const window = { account: key.slice(0, slash), clientId: key.slice(slash + 1), windowMs: duration * 1000 };
    const { used, msLeft } = await take({ ...window, requests: handful });
    const granted = Math.min(handful, Math.max(0, points - (used - handful)));
    leases.delete(key);
    leases.set(key, { left: granted, exhausted: granted === 0, endsMs: performance.now() + msLeft });
    for (const oldest of leases.keys()) {
      if (leases.size <= LIMIT) break;
      leases.delete(oldest);
    }
  };

  return {
    async consume(key) {
      const name = String(key);
      for (;;) {
        const lease = leases.get(name);
        const msLeft = lease ? lease.endsMs - performance.now() : 0;
        if (lease && msLeft > 0) {
          if (lease.left > 0) return new RateLimiterRes(--lease.left, msLeft);
          if (lease.exhausted) throw new RateLimiterRes(0, msLeft);
        }
        const renewal = renewals.get(name) ?? renew(name).finally(() => renewals.delete(name));
        renewals.set(name, renewal);
        await renewal;
      }
    },
  };
}
