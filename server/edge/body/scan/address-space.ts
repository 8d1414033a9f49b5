// Whether there is room for another thread.
import { existsSync, readFileSync } from 'node:fs';

/**
 * The address space in bytes that a thread with an isolate of V8 may reserve. V8 reserves 0.7 GB, most of it for code,
 * and ends the process if that fails.
 */
const THREAD_BYTES = 2 ** 30;
const LIMITS = '/proc/self/limits';

/** Returns whether the limit of the process for its address space leaves room for another thread (RLIMIT_AS). */
export function hasAddressSpace(): boolean {
  // Only Linux lists the limit, unless /proc is not mounted.
  if (!existsSync(LIMITS)) return true;
  return leavesRoom(readFileSync(LIMITS, 'utf8'), readFileSync('/proc/self/status', 'utf8'));
}

/** Returns the same, given the contents of `limits` and `status` in /proc: see proc_pid_limits(5). */
export function leavesRoom(limits: string, status: string): boolean {
  const [, limit] = /^Max address space +(\d+)/m.exec(limits) ?? [];
  const [, usedKib] = /^VmSize:\s+(\d+) kB/m.exec(status) ?? [];
  return limit === undefined || Number(limit) - Number(usedKib ?? 0) * 1024 >= THREAD_BYTES;
}
