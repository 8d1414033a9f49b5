// Counts the requests of a client in PostgreSQL, across all servers.
import type { RequestReservation, RequestWindow } from '../store.ts';
import { StoreUnavailableError } from '../store-errors.ts';
import { SCHEMA_ADVICE } from './connection/errors.ts';
import type { Query } from './connection/query.ts';
import { RESERVE_REQUESTS } from './statements.ts';

/** Reserves requests in the current window. @throws StoreUnavailableError when a trigger or rule drops the row */
export async function reserveRequests(query: Query, reservation: RequestReservation): Promise<RequestWindow> {
  const { account, clientId, requests, windowMs } = reservation;
  const values = [account, clientId, requests, windowMs];
  const [row] = await query<{ used: number; remaining_ms: number }>({ ...RESERVE_REQUESTS, values });
  if (row) return { used: row.used, remainingMs: row.remaining_ms };
  throw new StoreUnavailableError(`PostgreSQL does not store rows in request_windows.${SCHEMA_ADVICE}`, {
    kind: 'schema',
  });
}
