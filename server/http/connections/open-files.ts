// The limit of open files, which each connection is one of.
import { readdirSync, readFileSync } from 'node:fs';
import { StartupError } from '../../startup-error.ts';

/** Files for the database, its connections, the log and Node itself. */
const RESERVED = 256;
/** At most this share of the limit is reserved, unless more is open already. */
const RESERVED_SHARE = 1 / 4;
/** Files that are opened later: for temporary data, name resolution and commands. */
const OPENED_LATER = 32;
/** With fewer connections, a single client that opens some would leave none for others. */
const LEAST_CONNECTIONS = 16;

/**
 * Number of connections that the process may have open. At the limit of open files the system accepts none, and Node
 * reports nothing, so it must not be reached. Node raises the soft limit to the hard one when it starts. Infinity where
 * the limit cannot be read, which is everywhere but on Linux.
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
