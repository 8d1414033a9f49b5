// A call whose time is over before it asks for a connection.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { parseDatabaseUrl } from '../../../../server/store/postgres/address/url.ts';
import { ConnectionPool } from '../../../../server/store/postgres/connection/connection-pool.ts';

it('fails as usual, without a warning of Node, when no time is left for a connection', async () => {
  const warnings: string[] = [];
  const onWarning = ({ name }: Error) => warnings.push(name);
  process.on('warning', onWarning);
  const address = parseDatabaseUrl('postgres://nobody@127.0.0.1:1/none', {});
  const pool = new ConnectionPool(address, { poolSize: 1, timeoutMs: 1000, idleTimeoutMs: 1000 });

  // A call is this late if it slept longer than planned before a retry.
  const call = pool.run(() => Promise.resolve(), { repeatable: true, limitMs: -255 });

  await expect(call).rejects.toThrow(/no connection to PostgreSQL/);
  // Warnings are emitted in a later tick.
  await sleep(0);
  expect(warnings).toEqual([]);
  process.off('warning', onWarning);
  await pool.close();
});
