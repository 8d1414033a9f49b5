// The limit of open files, which each connection is one of.
import { readFileSync } from 'node:fs';

/** For the database, its connections, the log and what Node needs itself. */
const RESERVED = 256;
/** Of a very low limit, a part of it. */
const RESERVED_SHARE = 1 / 4;

/**
 * How many connections the process may have open. At the limit the system accepts none, so it must not be reached. Node
 * raises the soft limit to the hard one when it starts. Infinity where the limit cannot be read, which is everywhere
 * but on Linux.
 */
export function countFreeFiles(read: () => string = readLimits): number {
  const [, limit] = /^Max open files\s+(\d+)/m.exec(read()) ?? [];
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  return Number(limit) - Math.min(RESERVED, Math.ceil(Number(limit) * RESERVED_SHARE));
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}
