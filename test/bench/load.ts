// Load from a process of its own: `node load.ts URL CONNECTIONS SECONDS [PATH]`; prints what came as one line of JSON.
import autocannon from 'autocannon';
import { SAMPLE_CUSTOMERS } from '../../server/demo.ts';

const [url = '', connections = '1', seconds = '1', path = '/api/customer-organizations'] = process.argv.slice(2);
const [owner, ...members] = SAMPLE_CUSTOMERS.map(({ id }) => id);

const result = await autocannon({
  url: url + path,
  method: 'POST',
  headers: { authorization: 'Basic a2V5OnNlY3JldA==', 'content-type': 'application/json' },
  body: JSON.stringify({ ownerId: owner, memberIds: members }),
  connections: Number(connections),
  duration: Number(seconds),
});
const created = result.statusCodeStats?.['201']?.count ?? 0;
console.log(
  JSON.stringify({
    perSecond: created / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    created,
    faults: result.errors + result.timeouts + result.non2xx,
  }),
);
