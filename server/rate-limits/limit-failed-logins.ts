// Limits the failed logins from each address.
import { LRUCache } from 'lru-cache';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { AppOptions } from '../edge/options.ts';
import { createBuckets, networkOf } from './client-network.ts';
import { toRateLimited, WINDOW_SECONDS } from './limit-requests.ts';
import { ReturningClients } from './returning-clients.ts';

export interface LoginLimitOptions {
  /** The maximum of failed logins a minute; 0 for no limit. */
  perMinute: number;
  /** Called for each rejected request. */
  onRejected?: () => void;
  /** Called when a network reaches the limit, at most once in each window. */
  onBlocked?: (network: string) => void;
}

/**
 * Rejects a network with too many failed logins before the secret is compared. A valid secret does not help an unknown
 * client there, because guessing could then go on at full speed. Nor does it reset the count, because one valid key
 * would then buy guesses at another.
 *
 * A client that has logged in from the network before is trusted: a whole office may share an address, and one of its
 * programs may have a wrong secret. The secret of a trusted client is still compared, and only a wrong one is rejected.
 *
 * Each process counts on its own, so that counting costs no write. Rejecting an unknown client costs no read either.
 */
export function limitFailedLogins(
  authenticate: AppOptions['authenticate'],
  { perMinute, onRejected, onBlocked }: LoginLimitOptions,
): AppOptions['authenticate'] {
  if (perMinute === 0) return authenticate;
  const counter = new RateLimiterMemory({ keyPrefix: 'logins', points: perMinute, duration: WINDOW_SECONDS });
  const returning = new ReturningClients();
  const originOf = cacheOrigins(createBuckets());
  const rejectBlocked = async (bucket: string) => {
    const count = await counter.get(bucket);
    // An expired counter may still exist.
    if (!count || count.consumedPoints < perMinute || count.msBeforeNext <= 0) return;
    onRejected?.();
    throw toRateLimited(count);
  };
  return async (credentials, request) => {
    const { network, bucket } = originOf(request.ip);
    const isTrusted = returning.has(network, credentials.clientId);
    if (!isTrusted) await rejectBlocked(bucket);
    const principal = await authenticate(credentials, request);
    if (principal) {
      // Concurrent guesses pass the first check together, but are compared one at a time, so the count includes earlier
      // ones.
      if (!isTrusted) await rejectBlocked(bucket);
      returning.add(network, credentials.clientId);
      return principal;
    }
    const count = await counter.consume(bucket).catch((rejection: unknown) => {
      onRejected?.();
      throw toRateLimited(rejection);
    });
    if (count.remainingPoints === 0) onBlocked?.(network);
    return undefined;
  };
}

interface Origin {
  network: string;
  bucket: string;
}

/** The number of cached addresses. Most requests come from a few. */
const ORIGINS = 1000;

/** Caches the origin of addresses, because parsing and hashing one takes longer than the rest of a login. */
function cacheOrigins(bucketOf: (network: string) => string): (ip: string) => Origin {
  const origins = new LRUCache<string, Origin>({ max: ORIGINS });
  return (ip) => {
    const cached = origins.get(ip);
    if (cached) return cached;
    const network = networkOf(ip);
    const origin = { network, bucket: bucketOf(network) };
    origins.set(ip, origin);
    return origin;
  };
}
