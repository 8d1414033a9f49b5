// Wrong calls of `conform`, which must not compile. `npm run types` checks them; they are never run.
import { conform } from '../index.ts';

const url = 'http://localhost:3000/api';
const credentials = { clientId: 'key', clientSecret: 'secret' };

await conform({ url }, { credentials, timeoutMs: 300, only: ['order'] });

// @ts-expect-error -- the command calls it user; here it is credentials.
await conform({ url }, { user: credentials });
// @ts-expect-error -- milliseconds: timeoutMs.
await conform({ url }, { timeout: 300 });
// @ts-expect-error -- misspelt.
await conform({ url }, { onyl: ['order'] });
// @ts-expect-error -- a field of credentials is misspelt.
await conform({ url }, { credentials: { clientId: 'key', secret: 'secret' } });
// @ts-expect-error -- credentials have no other fields.
await conform({ url }, { credentials: { ...credentials, realm: 'x' } });
// @ts-expect-error -- a list.
await conform({ url }, { only: 'order' });
// @ts-expect-error -- an option in the target.
await conform({ url, seed: 1 });
// @ts-expect-error -- two targets.
await conform({ url, fetch });
