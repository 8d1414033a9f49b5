// Derives the maximum number of connections from the limit of open files.
import { readdirSync, readFileSync } from 'node:fs';
import { StartupError } from '../../startup-error.ts';

/** The number of files for the database, its connections, the log and Node itself. */
const RESERVED = 256;
/** The maximum share of the limit that is reserved, unless more files are already open. */
const RESERVED_SHARE = 1 / 4;
/** The number of files that are opened later, for temporary data, name resolution and commands. */
const OPENED_LATER = 32;
/** The minimum number of connections. With fewer, a single client could use up all of them. */
const LEAST_CONNECTIONS = 16;

/**
 * Returns the maximum number of connections. The limit of open files must not be reached, because the system then
 * accepts no connection and Node does not report it. Node raises the soft limit to the hard one when it starts. Returns
 * Infinity where the limit cannot be read, which is everywhere but on Linux.
 *
 * @throws StartupError when the limit leaves room for fewer than 16 connections
 */
export function maxOpenConnections(read: () => string = readLimits, countOpen: () => number = countOpenFiles): number {
  const [, limit] = /^Max open files\s+(\d+)/m.exec(read()) ?? [];
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  const needed = countOpen() + OPENED_LATER;
  const share = Math.min(RESERVED, Math.ceil(Number(limit) * RESERVED_SHARE));
  const connections = Number(limit) - Math.max(needed, share);
  if (connections >= LEAST_CONNECTIONS) return connections;
  throw new StartupError(
    `The limit of open files is ${limit}, which leaves too few for connections. Raise it to ` +
      `${needed + LEAST_CONNECTIONS} at least, better to 10,256: \`ulimit -n\`, or LimitNOFILE of systemd.`,
  );
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}

function countOpenFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}
