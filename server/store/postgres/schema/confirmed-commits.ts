// Refuses to migrate a database that does not confirm commits.
import type pg from 'pg';
import { StoreOpenError } from '../../store-errors.ts';
import type { DatabaseAddress } from '../address/address.ts';
import { findStalledCommits } from '../connection/stalled-commits.ts';
import { WRITE_NOTHING } from '../statements.ts';

/** How long a commit of nothing may take. It waits for synchronous standbys, without an end if they are gone. */
const CONFIRM_LIMIT_MS = 5_000;

/** Commits nothing: a migration could not be taken back once its commit waits, and would lock the tables meanwhile. */
export async function requireConfirmedCommits(client: pg.Client, { displayName }: DatabaseAddress): Promise<void> {
  // Each commit that is given up leaves a process of the server waiting.
  const stalled = await findStalledCommits(async (statement) => (await client.query(statement)).rows);
  if (stalled)
    throw new StoreOpenError(`Cannot migrate PostgreSQL (${displayName}). ${stalled.message} Nothing was changed.`, {
      mayPass: true,
      cause: stalled,
    });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    // Closes the connection at once, because a statement runs.
    client.end().catch(() => {});
  }, CONFIRM_LIMIT_MS);
  try {
    await client.query(WRITE_NOTHING);
  } catch (error) {
    // What else is wrong is an error of the migration.
    if (!isLate) return;
    throw new StoreOpenError(
      `Cannot migrate PostgreSQL (${displayName}): it does not confirm commits. Nothing was changed. It may wait for ` +
        'a synchronous standby that is gone: start the standby, or change synchronous_standby_names.',
      { mayPass: true, cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}
