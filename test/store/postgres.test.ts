// The conformance suite on a real PostgreSQL, and what only that store does.
import { afterAll } from 'vitest';
import { openPostgresStore } from '../../server/store/postgres/store.ts';
import { startPostgres } from '../postgres.ts';
import { describeStore } from './conformance.ts';

const postgres = await startPostgres();
let url = '';

afterAll(() => postgres.close());

describeStore('the store on PostgreSQL', {
  open: async (options) => {
    url = await postgres.createSchema();
    return openPostgresStore({ url, ...options });
  },
  reopen: (options) => openPostgresStore({ url, ...options }),
});
