// The collections for Postman and Bruno, run against the server by their own command lines.
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { operationsOf } from '../../../openapi/model/contract.ts';
import { brunoFiles } from '../../../openapi/reference/collections/bruno.ts';
import { postmanCollection } from '../../../openapi/reference/collections/postman.ts';
import { sampleRequests } from '../../../openapi/reference/samples/sample-requests.ts';
import { type Consumer, createConsumer } from '../../package/consumer.ts';
import { SITE } from '../../support/reference/reference-page.ts';
import { startMemoryServer, type Target } from '../../support/targets.ts';

const TOOLS = ['newman@6.2.2', '@usebruno/cli@4.1.0'];

let project: Consumer;
let server: Target;
beforeAll(async () => {
  [project, server] = await Promise.all([createConsumer(TOOLS), startMemoryServer()]);
});
afterAll(async () => {
  await server?.close();
  await project?.[Symbol.asyncDispose]();
});

const entries = operationsOf(contract);
const bin = (name: string) => join(project.path, 'node_modules/.bin', name);

describe('the collections', () => {
  it('are the same each time, and those of the site', async () => {
    const files = [{ name: 'postman.json', content: await postmanCollection(contract) }, ...brunoFiles(contract)];

    expect(await postmanCollection(contract)).toBe(files[0]?.content);
    for (const { name, content } of files) expect(await readFile(join(SITE, name), 'utf8')).toBe(content);
    expect((await readdir(join(SITE, 'bruno'))).filter((name) => !/\.(bru|json)$|^environments$/.test(name))).toEqual(
      [],
    );
  });

  it('have no link to a section of the site, and no error as the response to a valid request, in Postman', async () => {
    const text = await postmanCollection(contract);
    const { info, item } = JSON.parse(text);

    expect(text).not.toContain('](#');
    expect(text).not.toContain('Contact Support');
    expect(info.description).toMatchObject({ type: 'text/markdown', content: expect.stringContaining('## Errors') });
    const errors = findResponses(item).filter(({ code }) => code >= 400);
    expect(errors.map(({ code }) => code)).toContain(413);
    expect(errors.filter(({ originalRequest }) => originalRequest !== undefined)).toEqual([]);
  });

  it('run in Postman: each operation is accepted, also when it is sent again', async () => {
    await cp(join(SITE, 'postman.json'), join(project.path, 'postman.json'));
    const options = ['--env-var', `baseUrl=${server.url}/api`, '--iteration-count', '2', '--reporters', 'json'];
    await project.run(bin('newman'), 'run', 'postman.json', ...options, '--reporter-json-export', 'newman.json');
    const { run } = JSON.parse(await readFile(join(project.path, 'newman.json'), 'utf8'));
    const responses = run.executions.map(({ response }: { response: NewmanResponse }) => ({
      code: response.code,
      replayed: response.header.some(({ key }) => key.toLowerCase() === 'idempotency-replayed'),
    }));

    expect(responses).toEqual([...entries, ...entries].map(() => ({ code: 201, replayed: false })));
  });

  it('run in Bruno: each example of each operation is accepted', async () => {
    await cp(join(SITE, 'bruno'), join(project.path, 'bruno'), { recursive: true });
    const options = ['--env', 'Local', '--env-var', `baseUrl=${server.url}/api`, '--output', '../bruno-result.json'];
    await project.run('sh', '-c', 'cd bruno && "$0" run . -r "$@"', bin('bru'), ...options);
    const [{ results }] = JSON.parse(await readFile(join(project.path, 'bruno-result.json'), 'utf8'));

    const expected = entries.flatMap((entry) => sampleRequests(contract, entry)).map(() => 201);
    expect(results.map(({ response }: { response: { status: number } }) => response.status)).toEqual(expected);
  });
});

interface PostmanItem {
  item?: PostmanItem[];
  response?: { code: number; originalRequest?: object }[];
}

function findResponses(items: PostmanItem[]): NonNullable<PostmanItem['response']> {
  return items.flatMap(({ item = [], response = [] }) => [...response, ...findResponses(item)]);
}

interface NewmanResponse {
  code: number;
  header: { key: string }[];
}
