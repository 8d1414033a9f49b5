// Programs with a client of each version, which are compiled and then send requests to a server.
import { FIRST, SECOND } from '../../../support/contract/version-guide.ts';
import { MEMBER, OWNER, UNKNOWN } from './first-requests.ts';

/** The path of such a program. */
export const CLIENTS = 'openapi/client/clients-of-versions.ts';

/** The beginning of each program, after its imports. */
const ACCESS = `
const PATH = '/customer-organizations';
const [owner, member] = ['${OWNER}', '${MEMBER}'];
const access = {
  baseUrl: process.argv[2] + '/api',
  credentials: { clientId: 'key', clientSecret: 'secret' },
  responseSchemas,
};
`;

/** A program for two versions. Calls that must not compile follow a `@ts-expect-error`, and are never made. */
export const twoClients = `
import { createClient, type Client, type Schema } from './index.ts';
import { requestSchemas, responseSchemas } from '../schemas/index.ts';

${ACCESS}const first = createClient({ ...access, version: '${FIRST}' });
const second = createClient({ ...access, version: '${SECOND}' });
const newest = createClient(access);
const [older, newer] = [
  { ownerId: owner, memberIds: [member] },
  { ownerId: owner, customerIds: [member], currency: 'EUR' as const },
];

export const invalid = [
  // @ts-expect-error the body is that of the newer version
  () => first.POST(PATH, { body: newer }),
  // @ts-expect-error the body is that of the older version
  () => second.POST(PATH, { body: older }),
  // @ts-expect-error the older version has no such operation
  () => first.GET('/customers'),
  // @ts-expect-error there is no such version
  () => createClient({ ...access, version: '2023-01-01' }),
  // @ts-expect-error a call has the version of its client
  () => first.POST(PATH, { body: older, params: { header: { 'Sequence-Version': '${SECOND}' } } }),
  // @ts-expect-error a client of the newer version
  (): Client<'${FIRST}'> => second,
  // @ts-expect-error the schemas of the older version have the older properties
  () => requestSchemas['${FIRST}'].createCustomerOrganization['~standard'].types?.input.customerIds,
];

const one = await first.POST(PATH, { body: older });
const two = await second.POST(PATH, { body: newer });
const list = await second.GET('/customers');
const rejected = await first.POST(PATH, { body: { ownerId: owner, memberIds: ['${UNKNOWN}'] } });
if (one.error || two.error || list.error || !rejected.error) throw new Error('Unexpected.');
const organization: Schema<'CustomerOrganization', '${FIRST}'> = one.data;
// @ts-expect-error the newer version has another name for it
export const missing = two.data.owner;
console.log(
  JSON.stringify({
    names: [organization.owner.name, two.data.parent.name],
    customers: list.data.customers.length,
    pointers: 'details' in rejected.error.error && rejected.error.error.details?.map(({ pointer }) => pointer),
    versions: [one, two, list, rejected].map(({ response }) => response.headers.get('Sequence-Version')),
    newest: typeof newest.POST,
  }),
);
`;

/** A program for three versions: the first, the second, and by default the newest. */
export const threeClients = `
import { createClient } from './index.ts';
import { responseSchemas } from '../schemas/index.ts';

${ACCESS}const [first, second] = [
  createClient({ ...access, version: '${FIRST}' }),
  createClient({ ...access, version: '${SECOND}' }),
];
const newest = createClient(access);
const bodies = {
  first: { ownerId: owner, memberIds: [member] },
  second: { ownerId: owner, customerIds: [member], currency: 'EUR' as const },
  newest: { parentId: owner, customerIds: [member], currency: 'EUR' as const },
};

export const invalid = [
  // @ts-expect-error the body is that of the newest version
  () => first.POST(PATH, { body: bodies.newest }),
  // @ts-expect-error the body is that of the newest version
  () => second.POST(PATH, { body: bodies.newest }),
  // @ts-expect-error the body is that of the first version
  () => newest.POST(PATH, { body: bodies.first }),
  // @ts-expect-error the body is that of the second version
  () => newest.POST(PATH, { body: bodies.second }),
];

const [one, two, three] = [
  await first.POST(PATH, { body: bodies.first }),
  await second.POST(PATH, { body: bodies.second }),
  await newest.POST(PATH, { body: bodies.newest }),
];
if (one.error || two.error || three.error) throw new Error('Unexpected.');
console.log(
  JSON.stringify({
    names: [one.data.owner.name, two.data.parent.name, three.data.parent.name],
    versions: [one, two, three].map(({ response }) => response.headers.get('Sequence-Version')),
  }),
);
`;
