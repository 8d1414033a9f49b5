// Generates load: `node load.ts URL CONNECTIONS SECONDS [PATH] [WARM_UP_SECONDS] [REQUEST]`. The request is JSON with
// `headers` and `body`. Prints the result as one line of JSON.
import autocannon from 'autocannon';
import { SAMPLE_CUSTOMERS } from '../../../server/demo/demo.ts';

const [
  url = '',
  connections = '1',
  seconds = '1',
  path = '/api/customer-organizations',
  warmUpSeconds = '0',
  request = '{}',
] = process.argv.slice(2);
const { headers = {}, body }: { headers?: Record<string, string>; body?: object } = JSON.parse(request);
const [owner, ...members] = SAMPLE_CUSTOMERS.map(({ id }) => id);

const send = (duration: number) =>
  autocannon({
    url: url + path,
    method: 'POST',
    headers: { authorization: 'Basic a2V5OnNlY3JldA==', 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body ?? { ownerId: owner, memberIds: members }),
    connections: Number(connections),
    duration,
  });

const createdIn = ({ statusCodeStats }: autocannon.Result) => statusCodeStats?.['201']?.count ?? 0;

// Warms up the client: until V8 has compiled it, it is slower than a fast server.
const before = Number(warmUpSeconds) > 0 ? await send(Number(warmUpSeconds)) : undefined;
const result = await send(Number(seconds));
const created = createdIn(result);
console.log(
  JSON.stringify({
    perSecond: created / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    created,
    createdTotal: created + (before ? createdIn(before) : 0),
    failures: result.errors + result.timeouts + result.non2xx,
  }),
);
