// A server that is killed between the commit of a create and its response, to test idempotency keys.
import { pino } from 'pino';
import { listen } from '../../../server/http/listen.ts';
import { createServerApp } from '../../../server/serve.ts';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';

const store = openSqliteStore({ path: process.argv[2] ?? '' });
const create = store.createOrganization.bind(store);
store.createOrganization = async (organization) => {
  const outcome = await create(organization);
  process.kill(process.pid, 'SIGKILL');
  return outcome;
};
const app = await createServerApp(store, { log: pino({ level: 'silent' }) });
const server = await listen(app, { port: 0, host: '127.0.0.1', portHint: '' });
console.log(server.url);
