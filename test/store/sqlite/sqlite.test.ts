// The conformance suite on SQLite files.
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { describeStore } from '../conformance.ts';

const folder = await temporaryFolder();
let files = 0;
const current = () => join(folder.path, `${files}.db`);

afterAll(() => folder[Symbol.asyncDispose]());

describeStore('the store on SQLite', {
  open: async (options) => {
    files++;
    return openSqliteStore({ path: current(), ...options });
  },
  reopen: async (options) => openSqliteStore({ path: current(), ...options }),
});
