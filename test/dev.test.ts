// `npm run dev`, in a copy of the project: what happens when files are saved.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readContract } from '../openapi/read-contract.ts';
import manifest from '../package.json' with { type: 'json' };
import { send } from './http.ts';
import { copyProject, type ProjectCopy } from './project-copy.ts';

const CONTRACT = 'openapi/openapi.yaml';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // It listens on a port.
  server.close();
  await once(server, 'close');
  return port;
}

describe('npm run dev', () => {
  let project: ProjectCopy;
  let child: ChildProcess;
  let output = '';
  let url: string;
  let contract: string;

  /** Resolves with what was printed since, once that matches. */
  function printed(pattern: RegExp, from: number): Promise<string> {
    return new Promise((settle, fail) => {
      const look = () => {
        if (!pattern.test(output.slice(from))) return;
        child.stdout?.off('data', look);
        settle(output.slice(from));
      };
      child.stdout?.on('data', look);
      child.once('exit', () => fail(new Error(`It ended:\n${output}`)));
      look();
    });
  }

  const save = (text: string) => writeFile(join(project.path, CONTRACT), text);
  const generated = () => readFile(join(project.path, 'generated/openapi.json'), 'utf8');

  beforeAll(async () => {
    project = await copyProject();
    contract = await readFile(join(project.path, CONTRACT), 'utf8');
    const [port, mockPort] = [await freePort(), await freePort()];
    url = `http://127.0.0.1:${port}`;
    const [, ...args] = manifest.scripts.dev.split(' ');
    child = spawn(process.execPath, [...args, '--port', String(port), '--mock-port', String(mockPort)], {
      cwd: project.path,
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
    // Both streams end up in one text; the one is looked at when the other has spoken as well.
    child.stderr?.on('data', () => child.stdout?.emit('data', ''));
    await printed(/\[dev\] server: up to date/, 0);
    await printed(/\[types\] Found 0 errors/, 0);
  }, 60_000);
  afterAll(async () => {
    child?.kill('SIGTERM');
    if (child && child.exitCode === null) await once(child, 'exit');
    await project?.[Symbol.asyncDispose]();
  });

  it('generates, checks types and starts server and mock anew when the contract is saved', async () => {
    const from = output.length;

    await save(contract.replaceAll('maxItems: 10000\n', 'maxItems: 2\n'));
    const said = await printed(/\[dev\] server: up to date after [\d.]+ s\n/, from);
    await printed(/\[types\] Found 0 errors/, from);

    const memberIds = Array.from({ length: 3 }, () => 'e309e948-088e-4d77-b654-cd85498f1555');
    const answer = await send(url, { body: { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds } });
    expect(answer).toMatchObject({ status: 400, body: { error: { type: 'InvalidRequest' } } });
    expect(answer.text).toContain('at most 2 items');
    expect(said).not.toContain('failed');
    expect(await generated()).toContain('"maxItems": 2,');
  }, 60_000);

  it.each([
    [
      'that is no YAML',
      (text: string) => text.replace('operationId:', '\toperationId:'),
      /openapi\/openapi\.yaml:\d+:\d+ bad indentation/,
    ],
    [
      'in a reference',
      (text: string) => text.replace('schemas/CustomerOrganization"', 'schemas/Nothing"'),
      /openapi\/openapi\.yaml:\d+:\d+ Can't resolve \$ref/,
    ],
    [
      'in a name',
      (text: string) => text.replace('operationId:', 'operationID:'),
      /openapi\/openapi\.yaml:\d+:\d+ Property `operationID` is not expected here/,
    ],
  ])(
    'tells line and column of a mistake %s, and keeps the last good one running',
    async (_, spoil, words) => {
      const from = output.length;
      const before = await generated();

      await save(spoil(contract));
      const said = await printed(/The last good one keeps running/, from);

      expect(said).toMatch(words);
      expect(await generated()).toBe(before);
      expect((await send(url, { path: '/api/nothing' })).status).toBe(404);
    },
    60_000,
  );

  it('starts the server anew when its code is saved', async () => {
    const from = output.length;
    const file = join(project.path, 'server/errors.ts');

    await writeFile(file, `${await readFile(file, 'utf8')}\n`);

    expect(await printed(/\[dev\] server: up to date/, from)).not.toContain('site');
  }, 60_000);

  it('says so when the types do not fit any more', async () => {
    const from = output.length;

    await save(contract.replace('operationId: createCustomerOrganization', 'operationId: makeCustomerOrganization'));

    expect(await printed(/\[types\] Found [1-9]\d* error/, from)).toContain('makeCustomerOrganization');
  }, 60_000);
});

describe('the contract as `npm run dev` reads it', () => {
  it('is what `npm run generate` writes', async () => {
    const generated = await readFile(new URL('../generated/openapi.json', import.meta.url), 'utf8');

    expect(await readContract(CONTRACT)).toEqual({ bundled: generated });
  });
});
