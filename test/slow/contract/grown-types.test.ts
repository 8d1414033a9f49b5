// The types of operations of every supported kind: correct handlers and calls compile, and no others.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { generateFiles } from '../../../openapi/generator/generate-files.ts';
import { growContract } from '../../support/contract/grown-contract.ts';
import { ROOT, runNode } from '../../support/project-copy.ts';

const HANDLERS = `
import type { Handlers, ReadThingResponse } from './operations.ts';

type Added = 'replaceThing' | 'readThing' | 'deleteThing' | 'startJob' | 'latestJob' | 'addPet' | 'changeThing';

export const handlers: Pick<Handlers, Added> = {
  async replaceThing({ body, path }) {
    const texts: string[] = [body.name, body.secret, path['thing-id']];
    // @ts-expect-error a request has no readOnly property
    texts.push(body.id);
    return { status: 200, body: { id: path['thing-id'], name: texts.join(), note: null } };
  },
  async readThing({ query, headers }) {
    const numbers: (number | undefined)[] = [query.limit, ...(query.ids ?? []), headers['X-Depth']];
    if (query.exact === true) return { status: 304 };
    if (numbers.length > 9) return { status: 200, headers: { 'X-Total': 1 }, body: { id: '', name: '', note: null } };
    return { status: 404, body: { error: { type: 'ThingNotFound', message: '' } } };
  },
  async deleteThing() {
    return { status: 204 };
  },
  async startJob({ body }) {
    // @ts-expect-error the body is optional
    body.name;
    return { status: 202, headers: { Location: body?.name ?? '' } };
  },
  async latestJob() {
    return { status: 302, headers: { Location: '/jobs/1' } };
  },
  async addPet({ body }) {
    if (body.kind === 'cat') return { status: 201, body: { kind: 'cat', lives: body.lives } };
    return { status: 201, body: { kind: 'dog', barks: true } };
  },
  async changeThing({ body }) {
    return { status: 200, body: { id: '', name: body.name ?? '', note: body.note ?? null, children: [] } };
  },
};

const headers = { 'X-Total': 1 };
// @ts-expect-error a response has no writeOnly property
export const first: ReadThingResponse = { status: 200, headers, body: { id: '', name: '', note: null, secret: '' } };
// @ts-expect-error the header is required
export const second: ReadThingResponse = { status: 200, body: { id: '', name: '', note: null } };
// @ts-expect-error the type is one of another operation
export const third: ReadThingResponse = { status: 404, body: { error: { type: 'ThingChanged', message: '' } } };
// @ts-expect-error the edge responds so to requests that reach no handler
export const fourth: ReadThingResponse = { status: 404, body: { error: { type: 'NotFound', message: '' } } };
`;

const CALLS = `
import type { Client } from 'openapi-fetch';
import type { paths } from './schema.ts';

export async function read(client: Client<paths>): Promise<string> {
  const params = { path: { 'thing-id': '' } };
  const { error } = await client.GET('/things/{thing-id}', { params });
  switch (error?.error.type) {
    case 'ThingNotFound':
    case 'NotFound':
    case 'MethodNotAllowed':
      return error.error.message;
  }
  // @ts-expect-error the type is one of another operation
  if (error?.error.type === 'ThingChanged') return '';
  return error?.error.message ?? '';
}
`;

it('handlers and calls of every supported kind of operation compile, and wrong ones do not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'types-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const files = await generateFiles(growContract(), folder);
  files.set('handlers.ts', HANDLERS);
  files.set('calls.ts', CALLS);
  files.set('package.json', '{ "type": "module" }');
  const modules = join(ROOT, 'node_modules');
  const paths = { 'openapi-fetch': [join(modules, 'openapi-fetch/dist/index.d.mts')] };
  const compilerOptions = { noEmit: true, types: ['node'], typeRoots: [join(modules, '@types')], paths };
  const include = ['./*.ts'];
  files.set('tsconfig.json', JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, include }));
  for (const [name, text] of files) await writeFile(join(folder, name), text);

  const { stdout } = await runNode([join(modules, 'typescript-7/bin/tsc'), '--project', folder], {});

  expect(stdout).toBe('');
});
