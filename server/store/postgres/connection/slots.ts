// Determines how many connections PostgreSQL accepts, and whether they are enough for several server processes.
import type pg from 'pg';

/** The connections that PostgreSQL accepts. */
export interface Slots {
  /** The number for this role in this database: `max_connections` without reserved ones, or a lower limit of either. */
  accepted: number;
  /** The name of the limit that determines that number. */
  limit: string;
  /** The number of open connections, without those of this process. */
  used: number;
}

/** Reads the slots. Returns undefined for a server that does not report them, such as one that is only compatible. */
export async function readSlots(client: pg.Client): Promise<Slots | undefined> {
  const read = client.query<Slots>(
    `SELECT accepted, "limit", (
       SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
     ) AS used
     FROM (VALUES
       (
         current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true), '0')::int,
         'max_connections', 1
       ),
       (
         (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()),
         'the CONNECTION LIMIT of the database', 2
       ),
       (
         (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
         'the CONNECTION LIMIT of the role', 3
       )
     ) AS limits (accepted, "limit", rank)
     WHERE accepted IS NOT NULL ORDER BY accepted, rank LIMIT 1`,
  );
  const { rows } = await read.catch(() => ({ rows: [] }));
  return rows[0];
}

/** Returns a warning unless there is room for two server processes, which an upgrade without downtime needs. */
export function describeSlots({ accepted, limit, used }: Slots, poolSize: number): string | undefined {
  const processes = Math.floor(accepted / poolSize);
  if (processes >= 2 && used + poolSize <= accepted) return undefined;
  return (
    `PostgreSQL accepts ${accepted} connections, ${used} of which are in use. With DATABASE_POOL_SIZE=${poolSize} ` +
    `there is room for ${processes} server processes. Lower it, or raise ${limit}`
  );
}
