// A program that sends requests to the mock server and to the browser mock, and prints where they differ.
import { FIRST, SECOND, THIRD } from '../../../support/contract/version-guide.ts';
import { MEMBER, OWNER, UNKNOWN } from './first-requests.ts';

/** The path of the program in the copy of the project. */
export const MOCKS = 'mock/compare-mocks.ts';

export const compareMocks = `
import { createBrowserMock } from './browser/index.ts';
import { startMock } from './start.ts';

const [owner, member, unknown] = ['${OWNER}', '${MEMBER}', '${UNKNOWN}'];
const bodies: Record<string, object> = {
  '${FIRST}': { ownerId: owner, memberIds: [member, owner] },
  '${SECOND}': { ownerId: owner, customerIds: [member, owner], currency: 'USD' },
  '${THIRD}': { parentId: owner, customerIds: [member], currency: 'USD' },
};
const data = { customers: [{ id: owner, name: 'Acme' }, { id: member, name: 'Other' }] };
const live = process.argv.slice(2);
const POST = { method: 'POST', path: '/customer-organizations' };
const GET = { method: 'GET', path: '/customers' };

interface Sent { method: string; path: string; headers?: Record<string, string>; body?: unknown }
const requestsOf = (version: string): Sent[] => [
  { ...POST, body: bodies[version] },
  { ...POST, body: bodies[version], headers: { 'Idempotency-Key': version } },
  { ...POST, body: bodies[version], headers: { 'Idempotency-Key': version } },
  {
    ...POST,
    body: { ...bodies[version], [version === '${FIRST}' ? 'memberIds' : 'customerIds']: [] },
    headers: { 'Idempotency-Key': version },
  },
  ...Object.values(bodies).map((body) => ({ ...POST, body })),
  ...Object.entries(bodies[version] ?? {}).map(([name, value]) => {
    const other = Array.isArray(value) ? [unknown] : name === 'currency' ? 'GBP' : unknown;
    return { ...POST, body: { ...bodies[version], [name]: other } };
  }),
  ...['code=400', 'example=UnknownCustomers', 'example=InvalidRequest', 'code=429', 'example=oneMember', 'code=418']
    .map((Prefer) => ({ ...POST, body: bodies[version], headers: { Prefer } })),
  { ...POST, body: {} },
  { ...POST, body: '{"' },
  { ...POST, body: {}, headers: { Authorization: 'none' } },
  { ...POST, body: {}, headers: { 'Content-Type': 'text/plain' } },
  { ...POST, method: 'PUT', body: {} },
  { ...POST, path: '/elsewhere', body: {} },
  GET,
  { ...GET, path: '/customers?limit=x' },
  { ...GET, path: '/customers?limit=1' },
  { ...GET, headers: { Prefer: 'code=400' } },
  { ...POST, method: 'GET' },
];

const OWN = /^(content-type|sequence-version|www-authenticate|allow|retry-after|idempotency-replayed|deprecation)$/;
async function show(response: Response) {
  const headers = [...response.headers].filter(([name]) => OWN.test(name)).sort();
  return JSON.stringify({ status: response.status, headers, text: await response.text() });
}

const server = await startMock({ port: 0, ...data });
const mock = createBrowserMock(data);
const differences: object[] = [];
const seen: Record<string, number[]> = {};
for (const version of [...live, '2023-01-01']) {
  for (const { method, path, headers, body } of requestsOf(version)) {
    const init = {
      method,
      headers: {
        Authorization: 'Basic a2V5OnNlY3JldA==',
        'Sequence-Version': version,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    };
    const fromServer = await fetch(server.url + path, init);
    (seen[version] ??= []).push(fromServer.status);
    const [left, right] = [await show(fromServer), await show(await mock.fetch('https://app.test/api' + path, init))];
    if (left !== right) differences.push({ version, method, path, headers, body, left, right });
  }
}
for (const [index, { method, path, body }] of server.requests.entries()) {
  const [left, right] = [JSON.stringify(body), JSON.stringify(mock.requests[index]?.body)];
  if (left !== right) differences.push({ recorded: index, method, path, left, right });
}
await server.close();
const statuses = Object.fromEntries(
  Object.entries(seen).map(([version, list]) => [version, [...new Set(list)].sort()]),
);
console.log(JSON.stringify({ differences, statuses }));
`;
