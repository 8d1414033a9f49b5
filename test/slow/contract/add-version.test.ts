// Follows the guide to add a version, and puts a third one on top: clients of the first get what they got before.
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createClient } from '../../../openapi/client/index.ts';
import type { Contract } from '../../../openapi/model/contract.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { selectVersions } from '../../conformance/api-versions.ts';
import { runSuite } from '../../conformance/suite.ts';
import { SUBJECT } from '../../conformance/tests/subject.ts';
import { FIRST, SECOND, THIRD, VersionGuide } from '../../support/contract/version-guide.ts';
import { DEMO, exchange, type TestRequest } from '../../support/http/http.ts';
import { spawnMock } from '../../support/process/mock-process.ts';
import { startServerProcess } from '../../support/process/server-process.ts';
import { copyProject, type ProjectCopy } from '../../support/project-copy.ts';
import { launchBrowser } from '../../support/reference/browser.ts';
import { axeViolations, openReference, overflowing } from '../../support/reference/reference-page.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const MEMBER = 'e309e948-088e-4d77-b654-cd85498f1555';
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

/** Requests of a client of the first version. Those of `run` have keys of their own. */
const requestsOf = (run: string): Record<string, TestRequest> => ({
  created: { body: { ownerId: OWNER, memberIds: [MEMBER, OWNER, MEMBER] } },
  'created with a key': { headers: { 'idempotency-key': run }, body: { ownerId: OWNER, memberIds: [MEMBER] } },
  replayed: { headers: { 'idempotency-key': run }, body: { ownerId: OWNER, memberIds: [MEMBER] } },
  'with a used key': { headers: { 'idempotency-key': run }, body: { ownerId: OWNER, memberIds: [] } },
  'with an unknown member': { body: { ownerId: OWNER, memberIds: [MEMBER, UNKNOWN] } },
  'with an unknown owner': { body: { ownerId: UNKNOWN, memberIds: [] } },
  'without members': { body: { ownerId: OWNER } },
  'with properties of other versions': { body: { parentId: OWNER, customerIds: [], currency: 'EUR' } },
  'that is not JSON': { body: '{"ownerId":' },
  'in another media type': { headers: { 'content-type': 'text/plain' }, body: 'text' },
});

/** They have the version of the header alone: nobody is authenticated. */
const EARLY: Record<string, TestRequest> = {
  'with wrong credentials': { headers: { authorization: 'Basic a2V5Ondyb25n' }, body: {} },
  'with another method': { method: 'GET' },
  'to a path of other versions': { method: 'GET', path: '/api/customers' },
};

interface Recorded {
  status: number;
  headers: Record<string, string>;
  text: string;
}

/** Sends each of the requests. What is made anew for each response is left out. */
async function record(url: string, requests: Record<string, TestRequest>, sent: Record<string, string>) {
  const recorded: Record<string, Recorded> = {};
  for (const [name, { headers, ...request }] of Object.entries(requests)) {
    const all = { authorization: DEMO, 'content-type': 'application/json', ...sent, ...headers };
    const response = await exchange(url, { ...request, headers: { ...all } });
    const { date: _, 'x-request-id': __, ...kept } = response.headers;
    const text = response.text.replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'a new ID');
    recorded[name] = { status: response.status, headers: kept, text };
  }
  return recorded;
}

let project: ProjectCopy;
let guide: VersionGuide;
/** The credentials of a key that was pinned when the first version was the only one. */
let pinned: string;
/** What clients of the first version got then, by what they are. */
let before: Awaited<ReturnType<typeof recordFirst>>;

const named = { 'sequence-version': FIRST };

async function recordFirst(run: string) {
  const [server, mock] = await Promise.all([startServer(), spawnMock(project.path)]);
  try {
    return {
      'raw HTTP to the server': await record(server.url, { ...requestsOf(`${run}-1`), ...EARLY }, named),
      'a pinned key': await record(server.url, requestsOf(`${run}-2`), { authorization: pinned }),
      'raw HTTP to the mock': await record(mock.url, { ...requestsOf(`${run}-3`), ...EARLY }, named),
      'the typed client': await record(server.url, {}, {}).then(() => useClient(server.url)),
    };
  } finally {
    await Promise.all([server.close(), mock.close()]);
  }
}

/** The client of this project, which has the first version only. */
async function useClient(url: string) {
  const client = createClient({ baseUrl: `${url}/api`, credentials: { clientId: 'key', clientSecret: 'secret' } });
  const post = (memberIds: string[]) => client.POST('/customer-organizations', { body: { ownerId: OWNER, memberIds } });
  const [created, refused] = [await post([MEMBER]), await post([UNKNOWN])];
  return {
    created: { owner: created.data?.owner, members: created.data?.members },
    refused: refused.error,
    versions: [created, refused].map(({ response }) => response.headers.get('sequence-version')),
  };
}

beforeAll(async () => {
  project = await copyProject({ withTests: true });
  guide = new VersionGuide(project);
  await writeFile(
    join(project.path, 'tsconfig.sources.json'),
    JSON.stringify({ extends: './tsconfig.json', include: ['openapi', 'generated', 'server', 'mock'] }),
  );
  const server = await startServer();
  pinned = await createKey();
  await server.close();
  before = await recordFirst('before');
});
afterAll(() => project?.[Symbol.asyncDispose]());

/** Credentials of a new key, pinned by default. */
async function createKey(): Promise<string> {
  const [, ...command] = manifest.scripts.server.split(' ');
  const args = [...command, 'keys', 'create', '--account', 'Demo', '--json'];
  const env = { ...process.env, DATABASE_PATH: database() };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: project.path, env });
  const { clientId, clientSecret } = JSON.parse(stdout);
  return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
}

const database = () => join(project.path, 'data.db');

/** The copy's server, on its database. */
async function startServer() {
  const settings = { DATABASE_PATH: database(), RATE_LIMIT_PER_MINUTE: '0', FAILED_LOGINS_PER_MINUTE: '0' };
  const server = startServerProcess(settings, { cwd: project.path });
  return {
    url: await server.url,
    close: async () => {
      server.child.kill('SIGKILL');
      await server.ended;
    },
  };
}

const write = (name: string, text: string) => writeFile(join(project.path, name), text);
const checkTypes = () => project.node('node_modules/typescript-7/bin/tsc', '--project', 'tsconfig.sources.json');
const generate = () => project.node('openapi/generator/generate.ts');
const release = () => project.node('openapi/tooling/release.ts', '--write');

/** The violations of the conformance suite in each live version, by version. */
async function testConformance(url: string, mock: boolean): Promise<Record<string, unknown[]>> {
  const read = async (name: string): Promise<Contract> =>
    JSON.parse(await readFile(join(project.path, `generated/${name}openapi.json`), 'utf8'));
  const newest = await read('');
  const live = newest.components.schemas.ApiVersion?.enum?.map(String) ?? [];
  const older = live.slice(0, -1).map(async (version) => ({ version, contract: await read(`versions/${version}/`) }));
  const violations: Record<string, unknown[]> = {};
  for (const { name = '', contract } of selectVersions(newest, await Promise.all(older))) {
    const subject = { ...SUBJECT, url: `${url}/api`, apiVersion: name, ...(mock && { mock }) };
    const outcomes = await runSuite({ contract, subject, seed: 1, combinations: 20 });
    expect(outcomes.length).toBeGreaterThan(100);
    violations[name] = outcomes.flatMap((each) =>
      each.violations.map(({ message }) => `${each.case.name}: ${message}`),
    );
  }
  return violations;
}

const create = (url: string, version: string, body: object, headers = {}) =>
  exchange(url, {
    headers: { authorization: DEMO, 'content-type': 'application/json', 'sequence-version': version, ...headers },
    body,
  });

/** A program with a client of each version, which is compiled and then sends requests to a server. */
const CLIENTS = 'openapi/client/clients-of-versions.ts';

/** What each program begins with, after its imports. */
const ACCESS = `
const PATH = '/customer-organizations';
const [owner, member] = ['${OWNER}', '${MEMBER}'];
const access = {
  baseUrl: process.argv[2] + '/api',
  credentials: { clientId: 'key', clientSecret: 'secret' },
  responseSchemas,
};
`;

/** Calls that must not compile have a line above that says so, and are never made. */
const twoClients = `
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
const refused = await first.POST(PATH, { body: { ownerId: owner, memberIds: ['${UNKNOWN}'] } });
if (one.error || two.error || list.error || !refused.error) throw new Error('Unexpected.');
const organization: Schema<'CustomerOrganization', '${FIRST}'> = one.data;
// @ts-expect-error the newer version has another name for it
export const missing = two.data.owner;
console.log(
  JSON.stringify({
    names: [organization.owner.name, two.data.parent.name],
    customers: list.data.customers.length,
    pointers: 'details' in refused.error.error && refused.error.error.details?.map(({ pointer }) => pointer),
    versions: [one, two, list, refused].map(({ response }) => response.headers.get('Sequence-Version')),
    newest: typeof newest.POST,
  }),
);
`;

/** The same with three: the first, the second, and by default the newest. */
const threeClients = `
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

/** A program that sends requests to the mock server and to the browser mock, and prints where they differ. */
const MOCKS = 'mock/compare-mocks.ts';

const compareMocks = `
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
await server.close();
const statuses = Object.fromEntries(
  Object.entries(seen).map(([version, list]) => [version, [...new Set(list)].sort()]),
);
console.log(JSON.stringify({ differences, statuses }));
`;

/** Changes of the module of the guide that do not compile, and what the compiler says of each. */
const WRONG_MODULES: [what: string, search: string | RegExp, replacement: string, reason: string][] = [
  ['no operation', /createCustomerOrganization: \{.*\n {2}\},\n\}/s, '}', "'createCustomerOrganization' is missing"],
  ['no conversion of requests', / {4}upgradeRequest.*?\n {4}\}\),\n/s, '', "'upgradeRequest' is missing"],
  ['no conversion of responses', / {4}downgradeResponse.*?\n {4}\},\n/s, '', "'downgradeResponse' is missing"],
  ['no new required field', ", currency: 'EUR'", '', "'currency' is missing"],
  ['no property of the older response', ', ...body },\n', ' },\n', "'members' is missing"],
  ['no pointers', / {4}pointers: .*\n/, '', 'Record<"/currency" | "/customerIds", string>'],
  ['no pointer of what is new', ", '/currency': ''", '', `'"/currency"' is missing`],
  ['no pointer of what was renamed', "'/customerIds': '/memberIds', ", '', `'"/customerIds"' is missing`],
  ['a misspelt pointer', "'/currency': ''", "$&, '/curency': ''", 'The newer request has no /curency.'],
  ['a pointer of the older request as the newer', "'/currency': ''", "$&, '/memberIds': ''", 'has no /memberIds.'],
  ['a misspelt older pointer', "'/memberIds'", "'/memberId'", `Did you mean '"/memberIds"'?`],
  ['pointers of a misspelt part', 'pointers: {', 'pointers: { boddy: {},', 'A request has no boddy.'],
  ['pointers in a query without parameters', 'pointers: {', "pointers: { query: { '/a': '' },", 'has no /a.'],
  ['the renamed property in a request', 'customerIds: memberIds,', '$& memberIds,', '/body/memberIds is returned'],
  ['the renamed property in a response', '{ id, owner, ', '{ id, owner, parent: owner, ', '/body/parent is returned'],
  ['a nested property in a response', '{ id, owner, ', '{ id, owner: { ...owner, nick: 1 }, ', '/body/owner/nick is'],
  [
    'a header that the response does not have',
    '...response,',
    "...response, headers: { ...response.headers, 'X-A': 1 },",
    '/headers/X-A',
  ],
  ['a misspelt operation', /\}\);\n$/, 'creat: {} });\n', 'There is no operation creat in both versions.'],
  [
    'a misspelt conversion',
    'pointers: {',
    'downgradeRequest: 1, pointers: {',
    'There is no conversion downgradeRequest.',
  ],
  ['an operation that is new', /\}\);\n$/, 'listCustomers: {} });\n', 'There is no operation listCustomers in both'],
];

async function runMocks(...versions: string[]) {
  await write(MOCKS, compareMocks);
  const compared = await project.node(MOCKS, ...versions);
  await rm(join(project.path, MOCKS));
  expect(compared.code, compared.stderr).toBe(0);
  return JSON.parse(compared.stdout);
}

async function runClients(url: string, program: string) {
  await write(CLIENTS, program);
  const compiled = await checkTypes();
  const ran = await project.node(CLIENTS, url);
  await rm(join(project.path, CLIENTS));
  return { compiled, ran };
}

describe('a second version', () => {
  it('compiles when every step of the guide is done, and not before', async () => {
    await guide.addOperations();
    await guide.changeContract();
    const generated = await generate();
    const withoutHandlers = await checkTypes();
    await guide.changeHandlers();
    const withoutConversions = await checkTypes();
    await guide.addConversions();
    const unlisted = await checkTypes();
    await guide.listConversions();
    const complete = await checkTypes();

    expect(generated.code, generated.stderr).toBe(0);
    expect(withoutHandlers.stdout).toMatch(/server\/api\/handlers\.ts.* error TS/);
    expect(withoutHandlers.stdout).toMatch(/mock\/core\/default-responses\.ts.* error TS/);
    for (const { stdout } of [withoutConversions, unlisted]) {
      expect(stdout).toMatch(/^server\/versions\/index\.ts\(\d+,\d+\): error TS2322/);
      expect(stdout.match(/error TS/g)).toHaveLength(1);
    }
    expect(complete).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('does not compile with a wrong module, and the compiler says what is wrong', async () => {
    const module = await readFile(join(project.path, `server/versions/${SECOND}.ts`), 'utf8');
    const wrong = WRONG_MODULES.map(([what, search, replacement, reason], index) => {
      const changed = module.replace(search, replacement);
      expect(changed, what).not.toBe(module);
      return { what, reason, changed, name: `server/versions/wrong-${index}.ts` };
    });
    for (const { name, changed } of wrong) await write(name, changed);

    const { stdout } = await checkTypes();
    for (const { name } of wrong) await rm(join(project.path, name));

    const errors = new Map(
      stdout.split(/^(?=\S+\(\d+,\d+\): error TS)/m).map((each) => [each.slice(0, each.indexOf('(')), each]),
    );
    for (const { what, name, reason } of wrong) expect(errors.get(name), what).toContain(reason);
    expect([...errors.keys()].sort()).toEqual(wrong.map(({ name }) => name).sort());
  });

  it('does not start with a module whose mistakes the compiler cannot see', async () => {
    const file = `server/versions/${SECOND}.ts`;
    const module = await readFile(join(project.path, file), 'utf8');
    await project.edit(file, "{ '/customerIds': '/memberIds', '/currency': '' }", () => 'JSON.parse("{}")');
    await project.edit(
      file,
      '{ id, owner, ...body }',
      () => 'JSON.parse(JSON.stringify({ id, owner, parent: owner, ...body }))',
    );

    const compiled = await checkTypes();
    const started = await project.node('--require', './server/require-node.cjs', 'mock/main.ts', '--port', '0');
    await write(file, module);

    expect(compiled).toEqual({ code: 0, stdout: '', stderr: '' });
    expect([started.code, started.stdout]).toEqual([1, '']);
    const pointer = (name: string) =>
      `${file}: \`pointers\` of createCustomerOrganization: ${FIRST} has no body "${name}". Add "${name}".`;
    expect(started.stderr.trimEnd().split('\n')).toEqual([
      pointer('/currency'),
      pointer('/customerIds'),
      `${file}: \`downgradeResponse\` of createCustomerOrganization returns "/parent" with 201, ` +
        `which ${FIRST} does not have.`,
    ]);
  });

  it('leaves clients of the first one byte for byte what they got, on server and mock', async () => {
    expect(await recordFirst('after')).toEqual(before);
  });

  it('has its own shapes, and shares idempotency keys and customers with the first', async () => {
    const server = await startServer();
    onTestFinished(server.close);
    const key = { 'idempotency-key': 'shared' };
    const older = { ownerId: OWNER, memberIds: [MEMBER] };
    const newer = { ownerId: OWNER, customerIds: [MEMBER], currency: 'EUR' };

    const responses = [
      await create(server.url, FIRST, older, key),
      await create(server.url, SECOND, newer, key),
      await create(server.url, SECOND, { ...newer, customerIds: [] }, key),
      await create(server.url, SECOND, { ...newer, currency: 'USD' }, key),
      await create(server.url, SECOND, { ...newer, customerIds: [UNKNOWN] }),
      // A key of before the release replays after it.
      await create(server.url, SECOND, newer, { 'idempotency-key': 'before-1' }),
      await exchange(server.url, { method: 'GET', path: '/api/customers', headers: { authorization: DEMO } }),
    ];

    expect(responses.map(({ status }) => status)).toEqual([201, 201, 409, 409, 400, 201, 200]);
    expect(responses.map(({ headers }) => headers['idempotency-replayed'])).toEqual([
      ...[undefined, 'true', undefined, undefined, undefined, 'true', undefined],
    ]);
    const [first, second] = responses.map(({ body }) => body as Record<string, unknown>);
    expect(second).toEqual({ id: first?.id, parent: first?.owner, members: first?.members });
    expect(responses[4]?.text).toContain('"pointer":"/customerIds/0"');
  });

  it('has clients of both versions, each with its types and its validators', async () => {
    const server = await startServer();
    onTestFinished(server.close);

    const { compiled, ran } = await runClients(server.url, twoClients);

    expect(compiled).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(ran.code, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout)).toEqual({
      names: ['FinTech Solutions Inc.', 'FinTech Solutions Inc.'],
      customers: 1,
      pointers: ['/memberIds/0'],
      versions: [FIRST, SECOND, SECOND, FIRST],
      newest: 'function',
    });
  }, 60_000);

  it('conforms beside the first, on server and mock', async () => {
    const [server, mock] = [await startServer(), await spawnMock(project.path)];
    onTestFinished(() => Promise.all([server.close(), mock.close()]).then(() => undefined));

    expect(await testConformance(server.url, false)).toEqual({ [FIRST]: [], [SECOND]: [] });
    expect(await testConformance(mock.url, true)).toEqual({ [FIRST]: [], [SECOND]: [] });
  });

  it('gets the same from the mock in a browser as from the mock server, like the first', async () => {
    const { differences, statuses } = await runMocks(FIRST, SECOND);

    expect(differences).toEqual([]);
    // Only the second one has an operation that responds with 200.
    expect(statuses).toEqual({
      [FIRST]: [201, 400, 401, 404, 405, 409, 415, 429],
      [SECOND]: [200, 201, 400, 401, 404, 405, 409, 415, 429],
      '2023-01-01': [400, 401, 404, 405],
    });
  }, 60_000);

  it('is released into a file of its own', async () => {
    const released = await release();

    expect(released.code, released.stdout + released.stderr).toBe(0);
    expect(released.stdout).toContain(`openapi/versions/${SECOND}.yaml`);
    expect(await readFile(join(project.path, `openapi/versions/${SECOND}.yaml`), 'utf8')).toBe(
      await readFile(join(project.path, 'openapi/openapi.yaml'), 'utf8'),
    );
    expect((await generate()).stdout).toContain('up to date');
  });
});

describe('a third version', () => {
  it('compiles with its handlers and its module', async () => {
    await guide.changeContractAgain();
    const generated = await generate();
    await guide.convertAgain();

    expect(generated.code, generated.stderr).toBe(0);
    expect(await checkTypes()).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('leaves clients of the first one byte for byte what they got, on server and mock', async () => {
    expect(await recordFirst('third')).toEqual(before);
  });

  it('is what a client has by default, beside those of both others', async () => {
    const server = await startServer();
    onTestFinished(server.close);

    const { compiled, ran } = await runClients(server.url, threeClients);

    expect(compiled).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(ran.code, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout)).toEqual({
      names: Array(3).fill('FinTech Solutions Inc.'),
      versions: [FIRST, SECOND, THIRD],
    });
  }, 60_000);

  it('gets the same from the mock in a browser as from the mock server, like both others', async () => {
    expect((await runMocks(FIRST, SECOND, THIRD)).differences).toEqual([]);
  }, 60_000);

  it('conforms beside both others', async () => {
    const server = await startServer();
    onTestFinished(server.close);

    expect(await testConformance(server.url, false)).toEqual({ [FIRST]: [], [SECOND]: [], [THIRD]: [] });
  });

  describe('on the reference site', () => {
    const site = (name: string) => readFile(join(project.path, 'generated/reference', name), 'utf8');
    const older = (version: string) => `versions/${version}`;
    const versionsIn = (markdown: string) => new Set(markdown.match(/(?<=Sequence-Version: )\d{4}-\d\d-\d\d/g));

    beforeAll(async () => {
      await project.edit(`openapi/versions/${FIRST}.yaml`, /$/, () =>
        ['x-deprecation:', '  deprecatedAt: "2026-01-31"', '  sunsetAt: "2027-01-31"', ''].join('\n'),
      );
      const built = await project.node('openapi/reference/build/main.ts');
      expect(built.code, built.stderr).toBe(0);
    }, 120_000);

    it('has a page, a Markdown twin and a contract of its own, with samples that send it', async () => {
      expect(JSON.parse(await site(`${older(FIRST)}/openapi.json`)).info.version).toBe(FIRST);
      expect(JSON.parse(await site(`${older(SECOND)}/openapi.json`)).info.version).toBe(SECOND);
      expect(JSON.parse(await site('openapi.json')).info.version).toBe(THIRD);
      expect(versionsIn(await site('reference.md'))).toEqual(new Set([THIRD]));
      expect(versionsIn(await site(`${older(SECOND)}/reference.md`))).toEqual(new Set([SECOND]));
      expect(await site(`${older(FIRST)}/reference.md`)).toContain('`memberIds`');
      expect(await site('reference.md')).not.toContain('`memberIds`');
      expect(await site('llms.txt')).toContain(`[${FIRST}](versions/${FIRST}/llms.txt): an older version, deprecated`);
    });

    it('has an address of the newest version that it keeps', async () => {
      const browser = await launchBrowser();
      onTestFinished(() => browser.close());
      const context = await browser.newContext();
      const page = await context.newPage();
      const server = await startServer();
      onTestFinished(server.close);

      await page.goto(`${server.url}/${older(THIRD)}`);
      await page.waitForURL(`${server.url}/`);
      expect(await site(`${older(THIRD)}/index.html`)).toContain('content="0; url=../../index.html"');
    }, 60_000);

    it('has every change that the gate finds in its changelog, but for the list of versions', async () => {
      const text = await site('changelog.md');
      const compare = (...versions: string[]) =>
        project.node('openapi/tooling/breaking-changes/main.ts', '--changelog', ...versions);
      const [toSecond, toThird] = [await compare(FIRST, SECOND), await compare(SECOND, 'openapi/openapi.yaml')];
      const changes = [toSecond, toThird]
        .flatMap(({ stdout }) => [...stdout.matchAll(/^- [\w ]+: (.*) \(`.*`\)$/gm)].map(([, message = '']) => message))
        .filter((message) => !message.startsWith('The version '));

      expect(changes.length).toBeGreaterThan(7);
      expect(changes.filter((message) => !text.includes(`\n- ${message}`))).toEqual([]);
    });

    it('can be read, chosen and tried in a browser', async () => {
      const [server, browser] = [await startServer(), await launchBrowser()];
      onTestFinished(() => Promise.all([server.close(), browser.close()]).then(() => undefined));
      const { page, problems } = await openReference(browser, `${server.url}/`);
      const summary = page.locator('#versions summary');

      await summary.focus();
      await page.keyboard.press('Enter');
      expect(await axeViolations(page, 'body')).toEqual([]);
      expect(await overflowing(page)).toEqual([]);
      await page.keyboard.press('Escape');
      expect(await page.locator('#versions[open]').count()).toBe(0);
      await summary.click();
      await page.getByRole('link', { name: `${FIRST} deprecated` }).click();
      await page
        .getByRole('complementary', { name: 'Version' })
        .getByText('deprecated as of 31 January 2026')
        .waitFor();
      expect(new URL(page.url()).pathname).toBe(`/versions/${FIRST}/`);
      await page.getByRole('button', { name: 'Try it' }).click();
      await page.getByRole('button', { name: 'Send' }).click();
      await page.locator('#try-it-status', { hasText: '201' }).waitFor();
      expect(await page.locator('#try-it-headers').textContent()).toContain(`sequence-version: ${FIRST}`);
      await page.getByRole('button', { name: 'Close' }).click();
      await page.getByRole('link', { name: 'what has changed since' }).click();
      await page.getByRole('heading', { name: SECOND }).waitFor();
      expect(await axeViolations(page, 'body')).toEqual([]);
      expect(await overflowing(page)).toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      await page.locator('#versions summary').click();
      expect(await overflowing(page)).toEqual([]);
      await page.getByRole('link', { name: `${THIRD} newest` }).click();
      await page.locator('#versions summary', { hasText: THIRD }).waitFor();
      expect(await overflowing(page)).toEqual([]);
      expect(problems).toEqual([]);
    }, 120_000);

    it('works without scripts and from files', async () => {
      const browser = await launchBrowser();
      onTestFinished(() => browser.close());
      const file = pathToFileURL(join(project.path, 'generated/reference/index.html')).href;
      const { page, problems } = await openReference(browser, file, { javaScriptEnabled: false });

      await page.locator('#versions summary').click();
      await page.getByRole('link', { name: SECOND }).click();
      await page.getByText(`Version ${SECOND}.`).waitFor();
      await page.getByRole('link', { name: 'what has changed since' }).click();
      await page.getByRole('heading', { name: THIRD }).waitFor();

      expect(problems).toEqual([]);
    }, 60_000);
  });
});
