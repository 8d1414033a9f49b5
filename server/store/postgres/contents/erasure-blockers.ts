// Reports the transactions that block the indexes of an erasure. CREATE and DROP INDEX CONCURRENTLY wait for every
// earlier transaction of the database, such as that of pg_dump.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Query } from '../connection/query.ts';

/** The interval between two lookups in milliseconds. */
const LOOK_EVERY_MS = 1000;

/** Finds the statements by their text, because the process that runs them is unknown behind a pooler. */
const FIND_BLOCKERS = `
  SELECT DISTINCT blocker.pid, blocker.application_name AS program,
    floor(extract(epoch FROM clock_timestamp() - blocker.xact_start))::int4 AS seconds
  FROM pg_stat_activity waiting CROSS JOIN unnest(pg_blocking_pids(waiting.pid)) AS blocking (pid)
    JOIN pg_stat_activity blocker ON blocker.pid = blocking.pid
  WHERE waiting.datname = current_database() AND waiting.wait_event_type = 'Lock'
    AND waiting.query ~ '^(CREATE|DROP) INDEX CONCURRENTLY (IF EXISTS )?erasure_'
  ORDER BY blocker.pid`;

interface Blocker {
  pid: number;
  program: string | null;
  /** Null for a transaction of another role, which only a superuser may see. */
  seconds: number | null;
}

/** Waits for `work`, and reports each transaction that blocks it once. */
export async function reportBlockers<T>(work: Promise<T>, read: Query, onWait: (reason: string) => void): Promise<T> {
  const reported = new Set<number>();
  const ended = new AbortController();
  const settled = work.then(
    () => ended.abort(),
    () => ended.abort(),
  );
  const { signal } = ended;
  while (!signal.aborted) {
    await Promise.race([settled, sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {})]);
    if (signal.aborted) break;
    // If the lookup fails, nothing is reported.
    const blockers = await read<Blocker & Record<string, unknown>>({ text: FIND_BLOCKERS }).catch(() => []);
    for (const blocker of blockers.filter(({ pid }) => !reported.has(pid))) {
      reported.add(blocker.pid);
      onWait(describeBlocker(blocker));
    }
  }
  return work;
}

function describeBlocker({ pid, program, seconds }: Blocker): string {
  const name = program ? ` (${program})` : '';
  const since = seconds === null ? '' : `, which began ${seconds.toLocaleString('en')} s ago`;
  return (
    `Waiting for the transaction of process ${pid} of PostgreSQL${name}${since}: temporary indexes can be created ` +
    'and dropped only after it has ended.'
  );
}
