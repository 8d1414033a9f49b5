// Forgets idempotency keys that have expired, account by account: no statement of this store looks at two.
import type { Query } from './connection-pool.ts';
import { PURGE_IDEMPOTENCY_KEYS } from './statements.ts';

/** Accounts that are read at once. */
const PAGE = 500;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** How the statements run: a read may be repeated when its connection breaks, a write may not. */
interface Running {
  read: Query;
  write: Query;
}

/** `expiredAt`: up to when keys have expired, in ISO 8601. Gives how many went, which is `limit` at most. */
export async function purgeIdempotencyKeys(
  { read, write }: Running,
  expiredAt: string,
  limit: number,
): Promise<number> {
  let purged = 0;
  for (let after = FIRST_ID; ; ) {
    const accounts = await read<{ account_id: string }>({
      text: 'SELECT account_id FROM accounts WHERE account_id > $1 ORDER BY account_id LIMIT $2',
      values: [after, PAGE],
    });
    for (const { account_id } of accounts) {
      if (purged >= limit) return purged;
      const values = [account_id, expiredAt, limit - purged];
      purged += (await write({ text: PURGE_IDEMPOTENCY_KEYS, values })).length;
      after = account_id;
    }
    if (accounts.length < PAGE) return purged;
  }
}
