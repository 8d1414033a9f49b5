// The requests that handlers of the browser mock receive, which are those of the server's handlers.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { toRequest } from '../../../mock/browser/read-request.ts';
import { writeRequestValidators } from '../../../openapi/generator/write-validators.ts';
import { type Contract, operationsOf } from '../../../openapi/model/contract.ts';
import { readOperationTables } from '../../../openapi/model/operation-tables.ts';
import type { RequestValidators } from '../../../openapi/model/validators/compiled-validators.ts';
import type { RequestParts } from '../../../server/edge/request-parts.ts';
import { createValidators } from '../../../server/edge/validators/operation-validators.ts';
import { explainRequest } from '../../../server/edge/violations/explain-compiled.ts';
import { growContract, THING_ID } from '../../support/contract/grown-contract.ts';

const contract: Contract = growContract();
Object.assign(contract.components.schemas.ThingPatch ?? {}, {
  properties: {
    name: { type: 'string', default: 'Bolt' },
    size: { type: 'object', properties: { unit: { type: 'string', default: 'mm' }, of: { type: 'integer' } } },
    parts: { type: 'array', items: { type: 'object', properties: { count: { type: 'integer', default: 1 } } } },
    note: { type: ['string', 'null'] },
  },
});

const folder = await mkdtemp(join(tmpdir(), 'typed-'));
afterAll(() => rm(folder, { recursive: true }));
const file = join(folder, 'validators.mjs');
await writeFile(file, await writeRequestValidators(contract));
const { requestValidators }: { requestValidators: RequestValidators } = await import(pathToFileURL(file).href);
const { routes } = readOperationTables(contract);

/** The request in both, each with its own copy of the parts. */
async function read(operationId: string, part: Partial<RequestParts>) {
  const route = routes.find((each) => each.operationId === operationId);
  const entry = operationsOf(contract).find(({ operation }) => operation.operationId === operationId);
  const compiled = requestValidators[operationId];
  if (!route || !entry || !compiled) throw new Error(`There is no operation ${operationId}.`);
  const copy = (): RequestParts => structuredClone({ path: {}, query: {}, header: {}, body: undefined, ...part });
  const [onServer, inBrowser] = [copy(), copy()];
  const { validateRequest } = await createValidators(contract, entry);
  const isValid = validateRequest(onServer) === undefined;
  const { violations } = explainRequest(compiled, inBrowser);
  const headers = route.parameters.header.map((name) => [name, onServer.header[name.toLowerCase()]]);
  return {
    isValid,
    violations,
    server: {
      ...onServer,
      header: undefined,
      headers: Object.fromEntries(headers.filter(([, value]) => value !== undefined)),
    },
    browser: { ...toRequest(route, compiled, inBrowser), header: undefined },
  };
}

const path = { 'thing-id': THING_ID };
const JSON_BODY = { 'content-type': 'application/merge-patch+json' };

describe('a handler of the mock in a browser', () => {
  it.each<[string, string, Partial<RequestParts>, object]>([
    ['numbers of a query', 'readThing', { path, query: { limit: '05' } }, { query: { limit: 5 } }],
    ['booleans', 'readThing', { path, query: { exact: 'true' } }, { query: { exact: true } }],
    ['lists of numbers', 'readThing', { path, query: { ids: ['1', '02'] } }, { query: { ids: [1, 2] } }],
    ['numbers of headers', 'readThing', { path, header: { 'x-depth': '07' } }, { headers: { 'X-Depth': 7 } }],
    ['defaults of parameters', 'readThing', { path }, { query: { limit: 10 }, headers: { 'X-Depth': 3 } }],
    ['texts as they are', 'readThing', { path, query: { search: '05' } }, { query: { search: '05' }, path }],
    ['defaults of a body', 'changeThing', { path, header: JSON_BODY, body: {} }, { body: { name: 'Bolt' } }],
    [
      'defaults within a body',
      'changeThing',
      { path, header: JSON_BODY, body: { name: 'x', size: { of: 2 }, parts: [{}, { count: 2 }] } },
      { body: { name: 'x', size: { of: 2, unit: 'mm' }, parts: [{ count: 1 }, { count: 2 }] } },
    ],
  ])('gets %s like one of the server', async (_, operationId, part, expected) => {
    const { isValid, violations, server, browser } = await read(operationId, part);

    expect(violations).toEqual([]);
    expect(isValid).toBe(true);
    expect(browser).toMatchObject(expected);
    expect(browser).toEqual(server);
  });
});
