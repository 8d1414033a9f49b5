// How often a client may ask, and how often an address may fail to log in. The counters are of rate-limiter-flexible, in this process unless another is given.
import { createHash, randomBytes } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { ApiError } from '../edge/errors.ts';
import type { AppOptions } from '../edge/options.ts';
import { KnownClients } from './trusted-clients.ts';

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
 * Turns an address away that has failed to log in too often, before its secret is compared. A right secret does not help a stranger there: if it did,
 * guessing could go on at full speed. Nor does it reset the count, or one good key would buy free guesses at another.
 *
 * A client that has logged in from there before is no stranger: behind one address there may be a whole office, of which one program has a wrong secret.
 * Its secret is compared as ever, and only if it is wrong it is turned away. For a stranger nothing is looked up, so guessing costs no read of a database
 * either. Each process counts for itself, so that it costs no write.
 */
export function limitLogIns(
  authenticate: AppOptions['authenticate'],
  { perMinute, onRefused, onBlocked }: LogInLimitOptions,
): AppOptions['authenticate'] {
  if (perMinute === 0) return authenticate;
  const counter = new RateLimiterMemory({ keyPrefix: 'log-ins', points: perMinute, duration: WINDOW_SECONDS });
  const known = new KnownClients();
  const originOf = rememberOrigins(createBuckets());
  const refuseBlocked = async (bucket: string) => {
    const count = await counter.get(bucket);
    // What is past its time may still be there.
    if (!count || count.consumedPoints < perMinute || count.msBeforeNext <= 0) return;
    onRefused?.();
    throw toRateLimited(count);
  };
  return async (credentials, request) => {
    const { network, bucket } = originOf(request.ip);
    const isStranger = !known.has(network, credentials.clientId);
    if (isStranger) await refuseBlocked(bucket);
    const principal = await authenticate(credentials, request);
    if (principal) {
      // Guesses that were sent at once passed the first check together. They were compared one after the other, so this one knows of those before it.
      if (isStranger) await refuseBlocked(bucket);
      known.add(network, credentials.clientId);
      return principal;
    }
    const count = await counter.consume(bucket).catch((refusal: unknown) => {
      onRefused?.();
      throw toRateLimited(refusal);
    });
    if (count.remainingPoints === 0) onBlocked?.(network);
    return undefined;
  };
}

interface Origin {
  network: string;
  bucket: string;
}

const ORIGINS = 1000;

/** Most requests come from few addresses; parsing and hashing one anew each time would cost more than the rest of a log-in. */
function rememberOrigins(bucketOf: (network: string) => string): (ip: string) => Origin {
  const origins = new Map<string, Origin>();
  return (ip) => {
    const found = origins.get(ip);
    if (found) return found;
    const network = networkOf(ip);
    const origin = { network, bucket: bucketOf(network) };
    if (origins.size >= ORIGINS) origins.clear();
    origins.set(ip, origin);
    return origin;
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

/**
 * Spreads networks over so many buckets, which bounds the memory (to about 60 MB) however many addresses there are. Two share one by accident; the salt keeps
 * anybody from doing so on purpose.
 */
export function createBuckets(): (network: string) => string {
  const salt = randomBytes(16);
  return (network) => {
    const hash = createHash('sha256').update(salt).update(network).digest();
    return String(hash.readUInt32BE() % BUCKETS);
  };
}
