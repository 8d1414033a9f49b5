// How often a client may ask, and how often an address may fail to log in. The counters are of rate-limiter-flexible, in this process unless another is given.
import { createHash, randomBytes } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { AppOptions } from './app.ts';
import { ApiError } from './errors.ts';

/** What is asked of a limiter of `rate-limiter-flexible`. With any of its stores, so that replicas can count together. */
export type Counter = Pick<RateLimiterAbstract, 'consume' | 'get'>;

export interface CounterOptions {
  keyPrefix: string;
  points: number;
  /** In seconds. */
  duration: number;
}

export interface RequestLimitOptions {
  /** 0: no limit. */
  perMinute: number;
  /** Default: in the memory of this process. What it throws besides its refusals is answered like an error of the store. */
  createCounter?: (options: CounterOptions) => Pick<Counter, 'consume'> | undefined;
  onRefused?: () => void;
}

export interface LogInLimitOptions {
  /** Failures; 0: no limit. */
  perMinute: number;
  /** Called for each request that is turned away. */
  onRefused?: () => void;
  /** Called once a minute at most for each address, when it has used up its failures. */
  onBlocked?: (address: string) => void;
}

const WINDOW_SECONDS = 60;

/**
 * Lets each API key send so many requests in a minute that begins with its first one. Counts known keys only, so that no stranger can fill the memory.
 * `Retry-After` is when the minute is over: then the whole number is free again.
 */
export function limitRequests({ perMinute, createCounter, onRefused }: RequestLimitOptions): AppOptions['limit'] {
  if (perMinute === 0) return undefined;
  const options = { keyPrefix: 'requests', points: perMinute, duration: WINDOW_SECONDS };
  const counter = createCounter?.(options) ?? new RateLimiterMemory(options);
  return async ({ account, clientId }) => {
    await counter.consume(`${account}/${clientId}`).catch((refusal: unknown) => {
      onRefused?.();
      throw toRateLimited(refusal);
    });
  };
}

/**
 * Turns an address away that has failed to log in too often, before its secret is compared. A log-in that would succeed is turned away as well: if it
 * were let through, guessing could go on at full speed. It does not reset the count either, or one good key would buy free guesses at another.
 * Each process counts for itself, so that guessing costs no write to a database.
 */
export function limitLogIns(
  authenticate: AppOptions['authenticate'],
  { perMinute, onRefused, onBlocked }: LogInLimitOptions,
): AppOptions['authenticate'] {
  if (perMinute === 0) return authenticate;
  const counter = new RateLimiterMemory({ keyPrefix: 'log-ins', points: perMinute, duration: WINDOW_SECONDS });
  const bucketOf = createBuckets();
  const refuseBlocked = async (bucket: string) => {
    const count = await counter.get(bucket);
    // What is past its time may still be there.
    if (!count || count.consumedPoints < perMinute || count.msBeforeNext <= 0) return;
    onRefused?.();
    throw toRateLimited(count);
  };
  return async (credentials, request) => {
    const bucket = bucketOf(request.ip);
    await refuseBlocked(bucket);
    const principal = await authenticate(credentials, request);
    if (principal) {
      // Guesses that were sent at once passed the first check together. They were compared one after the other, so this one knows of those before it.
      await refuseBlocked(bucket);
      return principal;
    }
    const count = await counter.consume(bucket).catch((refusal: unknown) => {
      onRefused?.();
      throw toRateLimited(refusal);
    });
    if (count.remainingPoints === 0) onBlocked?.(networkOf(request.ip));
    return undefined;
  };
}

/** What is no refusal is a fault of the counter's store, and stays what it is. */
function toRateLimited(refusal: unknown): unknown {
  if (!(refusal instanceof RateLimiterRes)) return refusal;
  const seconds = Math.min(Math.max(Math.ceil(refusal.msBeforeNext / 1000), 1), 3600);
  return new ApiError('RateLimited', { headers: { 'Retry-After': seconds } });
}

/** IPv4 addresses stand for themselves. Of IPv6, whoever has one address has its /64 (RFC 6177), so that is what counts. */
export function networkOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return 'unknown'; // A proxy that is trusted may send anything.
  const address = ipaddr.process(ip);
  if (!(address instanceof ipaddr.IPv6)) return address.toString();
  return `${new ipaddr.IPv6([...address.parts.slice(0, 4), 0, 0, 0, 0])}/64`;
}

const BUCKETS = 2 ** 16;
/** Addresses whose bucket is remembered. */
const KNOWN_LIMIT = 1000;

/**
 * Spreads networks over so many buckets, which bounds the memory (to about 60 MB) however many addresses there are. Two share one by accident; the salt keeps
 * anybody from doing so on purpose.
 */
export function createBuckets(): (ip: string) => string {
  const salt = randomBytes(16);
  // Most requests come from a few addresses.
  const known = new Map<string, string>();
  return (ip) => {
    const same = known.get(ip);
    if (same !== undefined) return same;
    const hash = createHash('sha256').update(salt).update(networkOf(ip)).digest();
    const bucket = String(hash.readUInt32BE() % BUCKETS);
    if (known.size >= KNOWN_LIMIT) known.clear();
    known.set(ip, bucket);
    return bucket;
  };
}
