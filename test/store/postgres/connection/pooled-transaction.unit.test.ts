// A statement behind a pooler: its round trips share one time limit.
import { expect, it } from 'vitest';
import { parseDatabaseUrl } from '../../../../server/store/postgres/address/url.ts';
import { sendInTransaction } from '../../../../server/store/postgres/connection/pooled-transaction.ts';
import type { LimitedQuery } from '../../../../server/store/postgres/connection/query.ts';

const ADDRESS = parseDatabaseUrl('postgres://app@localhost/app', {});

/**
 * A connection whose first round trip takes this time. It records the first word, or the settings, and the time limit.
 */
function connection(limitMs: number, beginMs: number) {
  const sent: [string, number][] = [];
  let nowMs = 0;
  const client = {
    query: async ({ text = '', query_timeout }: LimitedQuery) => {
      const limits = [...text.matchAll(/'(\w+_timeout)', '(\d+)'/g)].map(([, name, value]) => `${name}=${value}`);
      const command = text.split(/\W/)[0] ?? '';
      sent.push([[command, ...limits].join(' '), query_timeout]);
      if (command === 'BEGIN') nowMs += beginMs;
      return { rows: [], command };
    },
  };
  return { client, sent, remainingMs: () => limitMs - nowMs };
}

const limits = (ms: number) => `statement_timeout=${ms} idle_in_transaction_session_timeout=${ms}`;

it('gives the statement the remaining time after a BEGIN that waited in the pooler, also on the server', async () => {
  const { client, sent, remainingMs } = connection(2800, 2700);

  await sendInTransaction(client, { text: 'INSERT' }, { address: ADDRESS, remainingMs });

  expect(sent).toEqual([
    [`BEGIN ${limits(2520)} transaction_timeout=0`, 2800],
    [`SELECT ${limits(90)}`, 100],
    ['INSERT', 100],
    ['COMMIT', 100],
  ]);
});

it('sends no more than the statement and COMMIT after a BEGIN that did not wait', async () => {
  const { client, sent, remainingMs } = connection(2800, 50);

  await sendInTransaction(client, { text: 'INSERT' }, { address: ADDRESS, remainingMs });

  expect(sent).toEqual([
    [`BEGIN ${limits(2520)} transaction_timeout=0`, 2800],
    ['INSERT', 2750],
    ['COMMIT', 2750],
  ]);
});

it('does not wait for the end of a BEGIN that failed longer than the limit', async () => {
  const { client, sent, remainingMs } = connection(2800, 2799);
  const failing = {
    query: async (query: LimitedQuery) => {
      const result = await client.query(query);
      if (result.command === 'BEGIN') throw new Error('Query read timeout');
      return result;
    },
  };

  const run = sendInTransaction(failing, { text: 'INSERT' }, { address: ADDRESS, remainingMs });

  await expect(run).rejects.toThrow('Query read timeout');
  expect(sent.slice(1)).toEqual([['ROLLBACK', 1]]);
});
