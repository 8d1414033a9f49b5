// Refuses to migrate a database that does not confirm commits.
import type pg from 'pg';
import { StoreOpenError } from '../../store-errors.ts';
import type { DatabaseAddress } from '../address/address.ts';
import { findStalledCommits } from '../connection/stalled-commits.ts';
import { WRITE_NOTHING } from '../statements.ts';

/** The time limit for an empty commit. It waits for synchronous standbys, indefinitely if they are gone. */
const CONFIRM_LIMIT_MS = 5_000;

/** Tries an empty commit first: a migration whose commit waits cannot be undone, and keeps the tables locked. */
export async function requireConfirmedCommits(client: pg.Client, { displayName }: DatabaseAddress): Promise<void> {
  // Checked first, because each abandoned commit leaves a process of the server waiting.
  const stalled = await findStalledCommits(async (statement) => (await client.query(statement)).rows);
  if (stalled)
    throw new StoreOpenError(`Cannot migrate PostgreSQL (${displayName}). ${stalled.message} Nothing was changed.`, {
      mayPass: true,
      cause: stalled,
    });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    // While a statement is running, this closes the connection at once.
    client.end().catch(() => {});
  }, CONFIRM_LIMIT_MS);
  try {
    await client.query(WRITE_NOTHING);
  } catch (error) {
    // Any other error will also be one of the migration.
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
