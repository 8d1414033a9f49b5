// Deletes expired idempotency keys, one account at a time: no statement of this store reads two accounts.
import { NIL } from 'uuid';
import type { Query } from '../connection/query.ts';
import { PURGE_IDEMPOTENCY_KEYS } from '../statements.ts';

/** The number of accounts that are read at once. */
const PAGE_SIZE = 500;

/** The queries: a read is retried when its connection breaks, a write is not. */
interface Queries {
  read: Query;
  write: Query;
}

/** Deletes up to `limit` keys created at `expiredAt` (ISO 8601) or earlier, and returns how many were deleted. */
export async function purgeIdempotencyKeys(
  { read, write }: Queries,
  expiredAt: string,
  limit: number,
): Promise<number> {
  let purged = 0;
  for (let after: string = NIL; ; ) {
    const accounts = await read<{ account_id: string }>({
      text: 'SELECT account_id FROM accounts WHERE account_id > $1 ORDER BY account_id LIMIT $2',
      values: [after, PAGE_SIZE],
    });
    for (const { account_id } of accounts) {
      if (purged >= limit) return purged;
      const values = [account_id, expiredAt, limit - purged];
      purged += (await write({ text: PURGE_IDEMPOTENCY_KEYS, values })).length;
      after = account_id;
    }
    if (accounts.length < PAGE_SIZE) return purged;
  }
}
