// The conformance suite against the server behind proxies, none of which causes a violation.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { SAMPLE_CUSTOMERS } from '../../../server/demo/demo.ts';
import type { Customer } from '../../../server/store/records.ts';
import { conform } from '../../conformance/conform.ts';
import { type ReceivedResponse, startRewritingProxy } from '../../conformance/defects/rewriting-proxy.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres/postgres.ts';
import { type Client, PROXIES, type Proxied, startProxy } from './proxied-servers.ts';

/** More customers than an organization may have members, with names in several scripts. */
const NAMES = [
  'Ünïcode & Söhne GmbH',
  'ООО «Ромашка»',
  '株式会社サンプル',
  'شركة المثال',
  'דוגמה בע״מ',
  '🏦 “Quoted” \\ Inc.',
];
const CUSTOMERS: Customer[] = [
  ...SAMPLE_CUSTOMERS,
  ...Array.from({ length: 10_001 }, (_, index) => ({
    id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    name: `${NAMES[index % NAMES.length]} ${index}`,
  })),
];

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

/** Changes of responses by networks in front of a server. */
function decorate({ headers, body, status }: ReceivedResponse): Partial<ReceivedResponse> {
  return {
    headers: {
      ...headers,
      ...{ server: 'edge', via: '1.1 edge', age: '0', 'cache-control': 'private, no-store', vary: 'Accept-Encoding' },
      ...{ 'set-cookie': '__lb=1; Path=/; HttpOnly', 'alt-svc': 'h3=":443"', 'x-cache': 'MISS', etag: `W/"${status}"` },
      ...{ 'strict-transport-security': 'max-age=63072000; includeSubDomains', 'x-content-type-options': 'nosniff' },
      ...(body !== '' && { 'content-type': 'application/json;charset=UTF-8' }),
      ...(headers.allow !== undefined && { allow: headers.allow.split(', ').toReversed().join(',') }),
    },
    body: body === '' ? body : `${JSON.stringify(JSON.parse(body), null, 2)}\n`,
  };
}

/** A network in front of a URL that adds headers, and formats JSON in its own way. */
async function startNetwork(url: string): Promise<string> {
  const network = await startRewritingProxy(url, {
    response: (response) => void Object.assign(response, decorate(response)),
  });
  onTestFinished(() => network.close());
  return network.url;
}

const nameOf = ({ clientId, secret }: Client) => ({ clientId, clientSecret: secret });

/** A run with all options of the suite, so that it checks everything. */
function test(url: string, { clients }: Proxied) {
  const [credentials, user2, otherUser] = clients.map(nameOf);
  if (!credentials || !user2 || !otherUser) throw new Error('There are three clients.');
  const customers = Object.fromEntries(CUSTOMERS.map(({ id, name }) => [id, name]));
  return conform({ url }, { credentials, user2, otherUser, customers, requests: 100, seed: 5, rate: 100_000 });
}

describe.each(PROXIES)('the server behind %s', { timeout: 120_000 }, (name) => {
  it.each([
    ['alone', async (url: string) => url],
    ['behind a network that adds headers and formats JSON', startNetwork],
  ])('%s conforms', async (_, before) => {
    const proxied = await startProxy(postgres, name, CUSTOMERS);

    const report = await test(await before(proxied.url), proxied);

    expect(report.abortReason).toBeUndefined();
    expect(report.failures).toEqual([]);
    expect(report.conforms).toBe(true);
    expect(report.cases).toBeGreaterThan(700);
  });
});
