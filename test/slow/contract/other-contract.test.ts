// Contracts of other APIs: a mock, a site and a conforming run for each, and those of npm packages.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { startMock } from '../../../mock/start.ts';
import { generateFiles } from '../../../openapi/generator/generate-files.ts';
import { type Contract, operationsOf } from '../../../openapi/model/contract.ts';
import { ContractError } from '../../../openapi/model/contract-error.ts';
import { loadContract } from '../../../openapi/model/load/load-contract.ts';
import { noScriptHtml } from '../../../openapi/reference/build/no-script.ts';
import { panelData } from '../../../openapi/reference/build/try-it-panel.ts';
import { prepareContract } from '../../../openapi/reference/redoc/prepare-contract.ts';
import { createSuite, runSuite } from '../../conformance/run/suite.ts';
import { SUBJECT } from '../../conformance/tests/support/subject.ts';
import { ROOT } from '../../support/project-copy.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contracts-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, document: object): Promise<string> {
  const path = join(folder, `${name}.yaml`);
  await writeFile(path, stringify(document, { aliasDuplicateObjects: false }));
  return path;
}

const json = (schema: object) => ({ content: { 'application/json': { schema } } });

const list = (items: string) => json({ type: 'array', items: { $ref: `#/components/schemas/${items}` } });

const one = (name: string) => json({ $ref: `#/components/schemas/${name}` });

const path = (name: string, schema: object = { type: 'string' }) => ({ name, in: 'path', required: true, schema });

const query = (name: string, schema: object, more = {}) => ({ name, in: 'query', schema, ...more });

/** Small documents like those of well-known APIs, each of which leaves something out. */
const OTHERS: Record<string, object> = {
  'a pet store': {
    openapi: '3.1.0',
    info: { title: 'Pet store', version: '1.0.0' },
    servers: [{ url: 'https://pets.example/v1' }],
    paths: {
      '/pets': {
        get: {
          operationId: 'listPets',
          parameters: [
            query('limit', { type: 'integer', maximum: 100 }),
            query('tags', { type: 'array', items: { type: 'string' } }),
            query('kinds', { type: 'array', uniqueItems: true, items: { type: 'string', enum: ['cat', 'dog'] } }),
            query('owner', { type: 'string', format: 'email' }),
            query('after', { type: 'string', maxLength: 5000 }),
            { name: 'If-None-Match', in: 'header', schema: { type: 'string' } },
          ],
          responses: {
            200: { description: 'Pets', headers: { 'x-next': { schema: { type: 'string' } } }, ...list('Pet') },
          },
        },
        post: {
          operationId: 'createPet',
          requestBody: { required: true, ...one('Pet') },
          responses: { 201: { description: 'Created' } },
        },
      },
      '/pets/{petId}': {
        get: {
          operationId: 'showPetById',
          parameters: [path('petId')],
          responses: { 200: { description: 'A pet', ...one('Pet') }, 404: { description: 'No such pet' } },
        },
      },
    },
    components: {
      schemas: {
        Pet: {
          type: 'object',
          required: ['id', 'name'],
          properties: { id: { type: 'integer' }, name: { type: 'string' }, tag: { type: 'string' } },
        },
      },
    },
  },
  'issues of repositories': {
    openapi: '3.1.0',
    info: { title: 'Issues', version: '2022-11-28' },
    servers: [{ url: 'https://api.repos.example' }],
    paths: {
      '/repos/{owner}/{repo}/issues': {
        parameters: [path('owner'), path('repo')],
        get: {
          operationId: 'listIssues',
          parameters: [
            query('state', { type: 'string', enum: ['open', 'closed', 'all'], default: 'open' }),
            query('labels', { type: 'array', items: { type: 'string' } }, { explode: false }),
            query('since', { type: 'string', format: 'date-time' }),
            query('per_page', { type: 'integer', minimum: 1, maximum: 100, default: 30 }),
          ],
          responses: {
            200: { description: 'Issues', ...list('Issue') },
            301: { description: 'Moved', headers: { Location: { required: true, schema: { type: 'string' } } } },
            304: { description: 'Not modified' },
          },
        },
        post: {
          operationId: 'createIssue',
          requestBody: {
            required: true,
            ...json({
              type: 'object',
              required: ['title'],
              properties: {
                title: { type: 'string' },
                milestone: { type: ['integer', 'null'] },
                assignees: { type: 'array', items: { type: 'string' } },
              },
            }),
          },
          responses: { 201: { description: 'Created', ...one('Issue') }, 410: { description: 'Gone' } },
        },
      },
      '/repos/{owner}/{repo}/issues/{issue_number}/lock': {
        put: {
          operationId: 'lockIssue',
          parameters: [path('owner'), path('repo'), path('issue_number', { type: 'integer' })],
          requestBody: json({
            type: 'object',
            properties: { lock_reason: { type: 'string', enum: ['spam', 'resolved'] } },
          }),
          responses: { 204: { description: 'Locked' }, 403: { description: 'Forbidden' } },
        },
      },
    },
    webhooks: { issueOpened: { post: { requestBody: one('Issue'), responses: { 200: { description: 'Received' } } } } },
    components: {
      schemas: {
        Issue: {
          type: 'object',
          required: ['number', 'user'],
          properties: {
            number: { type: 'integer', readOnly: true },
            title: { type: 'string' },
            body: { type: ['string', 'null'] },
            user: { $ref: '#/components/schemas/User' },
            parent: { $ref: '#/components/schemas/Issue' },
          },
        },
        User: {
          allOf: [
            { type: 'object', required: ['login'], properties: { login: { type: 'string' } } },
            { type: 'object', properties: { site_admin: { type: 'boolean' } } },
          ],
        },
      },
    },
  },
  payments: {
    openapi: '3.1.0',
    info: { title: 'Payments', version: '1' },
    servers: [{ url: '/pay' }],
    security: [{ login: [] }],
    paths: {
      '/methods': {
        post: {
          operationId: 'addMethod',
          requestBody: { required: true, ...one('Method') },
          responses: {
            201: { description: 'Added', ...one('Method') },
            402: { description: 'Declined' },
            409: { description: 'Conflict' },
          },
        },
      },
      '/health': { get: { operationId: 'health', security: [], responses: { 204: { description: 'Well' } } } },
    },
    components: {
      securitySchemes: { login: { type: 'http', scheme: 'basic' } },
      schemas: {
        Method: {
          oneOf: [{ $ref: '#/components/schemas/Card' }, { $ref: '#/components/schemas/Debit' }],
          discriminator: { propertyName: 'type' },
        },
        Card: {
          type: 'object',
          required: ['type', 'number'],
          properties: {
            type: { type: 'string' },
            number: { type: 'string', minLength: 12, maxLength: 19 },
            cvc: { type: 'string', writeOnly: true },
          },
        },
        Debit: {
          type: 'object',
          required: ['type', 'iban'],
          properties: {
            type: { type: 'string' },
            iban: { type: 'string', pattern: '^[A-Z]{2}[0-9]{6,32}$', example: 'DE0000001234' },
          },
        },
      },
    },
  },
};

describe.each(Object.keys(OTHERS))('the contract of %s', (name) => {
  let contract: Contract;
  beforeAll(async () => {
    contract = await loadContract(await write(name.replaceAll(' ', '-'), OTHERS[name] ?? {}));
  });

  it('has a mock that conforms in every operation', async () => {
    const mock = await startMock({ port: 0, contract });
    onTestFinished(() => mock.close());
    const options = { contract, subject: { ...SUBJECT, url: mock.url, mock: true }, seed: 1, combinations: 50 };
    const suite = createSuite(options);

    const outcomes = await runSuite(options, suite);

    expect(suite.underivable).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(50);
    expect(
      outcomes.flatMap(({ case: each, violations }) => violations.map(({ message }) => `${each.name}: ${message}`)),
    ).toEqual([]);
  });

  it('has types, samples and a panel for every operation', async () => {
    const files = await generateFiles(contract, folder);
    const samples = noScriptHtml(prepareContract(contract));
    const { operations } = panelData(contract, { editions: [], current: undefined });

    for (const { operation } of operationsOf(contract)) {
      expect(files.get('operations.ts')).toContain(`  ${operation.operationId}(`);
      expect(samples).toContain(operation.summary);
    }
    expect(operations).toHaveLength(operationsOf(contract).length);
    expect(samples).not.toMatch(/undefined|\[object/);
  });
});

describe('OpenAPI files of npm packages', () => {
  it('are loaded, or rejected by file and line', async () => {
    const packages = [
      '@redocly/openapi-core',
      '@redocly/cli',
      '@stoplight/prism-cli',
      '@stoplight/prism-http',
      'express-openapi-validator',
    ];
    const files = await Promise.all(
      packages.map(async (name) => {
        const found = await readdir(join(ROOT, 'node_modules', name), { recursive: true, encoding: 'utf8' });
        return found
          .filter((each) => /\.(ya?ml|json)$/.test(each) && !each.includes('node_modules/'))
          .map((each) => join('node_modules', name, each));
      }),
    );
    const errors: { file: string; error: unknown }[] = [];

    for (const file of files.flat()) await loadContract(file).catch((error: unknown) => errors.push({ file, error }));

    expect(files.flat().length).toBeGreaterThan(30);
    expect(errors.filter(({ error }) => !(error instanceof ContractError))).toEqual([]);
  });
});
