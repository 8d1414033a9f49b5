// The limit of open files, which each connection is one of.
import { readFileSync } from 'node:fs';

/** Files for the database, its connections, the log and Node itself. */
const RESERVED = 256;
/** At most this share of the limit is reserved, for a very low limit. */
const RESERVED_SHARE = 1 / 4;

/**
 * Number of connections that the process may have open. At the limit of open files the system accepts none, so it must
 * not be reached. Node raises the soft limit to the hard one when it starts. Infinity where the limit cannot be read,
 * which is everywhere but on Linux.
 */
export function maxOpenConnections(read: () => string = readLimits): number {
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
