// `npm run mock`: options, output, exit, and conformance to the contract.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { contract } from '../../generated/contract.ts';
import { examples } from '../../generated/examples.ts';
import { scenariosOf } from '../../mock/core/scenarios.ts';
import { run } from '../../mock/program.ts';
import { startMock } from '../../mock/start.ts';
import manifest from '../../package.json' with { type: 'json' };
import { createRequestBuilders } from '../conformance/cases/request-builder.ts';
import { SUBJECT } from '../conformance/tests/support/subject.ts';
import { exchange, send } from '../support/http/http.ts';
import { Collected } from '../support/process/command.ts';
import { copyProject, ROOT, runNode } from '../support/project-copy.ts';

const VALID = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

const [, ...COMMAND] = manifest.scripts.mock.split(' ');

/** `npm run mock` with these flags. `ready` resolves with the URL after the last line of output. */
function startCommand(flags: string[], cwd = ROOT) {
  const child = spawn(process.execPath, [...COMMAND, ...flags], { cwd });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  const ended = once(child, 'close');
  const ready = new Promise<string>((settle, fail) => {
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
      const [, url] = /on (http:\S+)\n/.exec(output) ?? [];
      if (url && (output.includes('Ctrl-C') || flags.includes('--quiet'))) settle(url);
    });
    child.stderr.on('data', (chunk) => (output += String(chunk)));
    ended.then(() => fail(new Error(`The mock exited: ${output}`)));
  });
  return { child, ready, ended, output: () => output };
}

/** Runs the command in this process. */
async function runCommand(...flags: string[]) {
  const [stdout, stderr] = [new Collected(), new Collected()];
  const code = await run(flags, { stdout, stderr });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

describe('npm run mock', () => {
  it('prints a working Prefer header for every scenario, and exits with 130 on Ctrl-C', async () => {
    const { child, ready, ended, output } = startCommand(['--port', '0', '--host', '127.0.0.1']);
    const url = await ready;

    for (const builder of createRequestBuilders(contract, { url, ...SUBJECT })) {
      const { method, path, headers, body } = builder.build();
      const [, section = ''] = output().split(`\n${method} ${url}${builder.entry.path}\n`);
      const preferences = [
        ...(section.split(/^[A-Z]+ http/m)[0] ?? '').matchAll(/^ {2}Prefer: (\S.*?\S) {2,}(\S.*)$/gm),
      ];
      const statuses = [];
      for (const [, prefer = ''] of preferences)
        statuses.push((await send(url, { method, path: `/api${path}`, body, headers: { ...headers, prefer } })).status);
      const [success] = Object.keys(builder.entry.operation.responses);

      // The names are all scenarios, and `dynamic`.
      expect(preferences).toHaveLength((scenariosOf(examples).get(builder.operationId)?.length ?? 0) + 1);
      expect(statuses).toEqual(
        preferences.map(([, prefer]) => Number(/code=(\d+)/.exec(prefer ?? '')?.[1] ?? success)),
      );
    }
    expect(output()).toContain('example=RateLimited             Too many requests\n');

    // The signal handler ends the process although Prism's thread and a connection are open.
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
  });

  it('prints one line with --quiet', async () => {
    const { ready, output } = startCommand(['--port', '0', '--quiet']);
    const url = await ready;

    expect(output()).toBe(`Mock of Customer Organizations API on ${url}\n`);
  });

  it('delays every response with --delay', async () => {
    const { ready } = startCommand(['--port', '0', '--delay', '250-300']);
    const url = await ready;
    const startedMs = performance.now();

    const response = await send(url, { body: VALID });

    expect(response.status).toBe(201);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(249);
  });

  it('reports the port and the option when the port is taken', async () => {
    const mock = await startMock({ port: 0 });
    onTestFinished(() => mock.close());

    const ran = await runNode([...COMMAND, '--port', String(mock.port)], { cwd: ROOT });

    expect(ran.code).toBe(1);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toBe(
      `Port ${mock.port} on 127.0.0.1 is taken. Stop what uses it, or choose another: ` +
        `npm run mock -- --port ${mock.port + 1}, or \`port: 0\` in a test.\n`,
    );
  });

  it.each([
    [[], 'No credentials are needed.'],
    [[{ basic: [] }], 'Any HTTP Basic credentials are accepted.'],
  ])('says which credentials another contract needs: %j', async (security, expected) => {
    const folder = await mkdtemp(join(tmpdir(), 'mock-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const components = { securitySchemes: { basic: { type: 'http', scheme: 'basic' } } };
    const paths = { '/a': { get: { operationId: 'readA', responses: { 204: { description: 'Read.' } } } } };
    const document = { openapi: '3.1.0', info: { title: 'A', version: '1' }, security, paths, components };
    await writeFile(join(folder, 'a.json'), JSON.stringify(document));

    const { ready, output } = startCommand(['--port', '0', '--contract', join(folder, 'a.json')]);
    await ready;

    expect(output()).toContain(`\n${expected} The response`);
  });

  it('lists its options with --help', async () => {
    const ran = await runCommand('--help');

    expect(ran.code).toBe(0);
    for (const flag of ['--port', '--host', '--delay', '--quiet', '4010']) expect(ran.stdout).toContain(flag);
  });

  it('exits with code 2 when an option is wrong', async () => {
    const ran = await runNode([...COMMAND, '--port', 'x'], { cwd: ROOT });

    expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/integer from 0 to 65535/) });
  });

  it.each([
    [['--prot', '4011'], /unknown option '--prot'\n\(Did you mean --port\?\)/],
    [['--dely', '5'], /Did you mean --delay\?/],
    [['-p', '4011'], /unknown option '-p'\n\(Use --port NUMBER\)/],
    [['--latency=5'], /unknown option '--latency=5'\n\(Use --delay MS\)/],
    [['--dynamic'], /Prefer: dynamic=true/],
    [['--port'], /argument missing/],
    [['--port', 'x'], /integer from 0 to 65535/],
    [['--port', '65536'], /integer from 0 to 65535/],
    [['--delay', '800-100'], /such as 200, or a range, such as 100-800/],
    [['--delay', '1e3'], /such as 200/],
    [['--host', ''], /must not be empty/],
    [['4011'], /too many arguments/],
  ])('rejects %j with exit code 2 and a hint', async (flags, message) => {
    const ran = await runCommand(...flags);

    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(message);
  });

  it.each([
    ['192.0.2.1', '"192.0.2.1"'],
    ['a\u202eb', '"a\\u202eb"'],
    ['a'.repeat(300), `"${'a'.repeat(300)}"`],
    ['a b', '"a b"'],
  ])('rejects the address %j, which this machine does not have, in one line', async (host, shown) => {
    const ran = await runCommand('--port', '0', '--host', host);

    expect(ran).toEqual({ code: 1, stdout: '', stderr: `${shown} is not an address of this machine.\n` });
  });

  it.each([
    ['--port', '\u001b[31mX'],
    ['--delay', 'a\u202eb'],
    ['a\u200bb', ''],
    ['--a\rb', ''],
  ])('shows no control character of %j %j in its message', async (...flags) => {
    const ran = await runCommand(...flags);

    expect(ran.code).toBe(2);
    expect(ran.stderr).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });

  it('follows the contract after `npm run generate` alone', { timeout: 60_000 }, async () => {
    await using project = await copyProject();
    const path = join(project.path, 'openapi/openapi.yaml');
    const text = await readFile(path, 'utf8');
    await writeFile(
      path,
      text
        .replaceAll('customer-organizations', 'organizations')
        .replaceAll('UnknownCustomers', 'NoSuchCustomers')
        .replaceAll('FinTech Solutions Inc.', 'Renamed Inc.')
        .replaceAll('/api', '/rest'),
    );
    expect(await project.node('openapi/generator/generate.ts')).toMatchObject({ code: 0 });

    const { ready, output } = startCommand(['--port', '0'], project.path);
    const url = await ready;
    const create = (prefer?: string) =>
      exchange(url, {
        path: '/rest/organizations',
        headers: {
          authorization: 'Basic a2V5OnNlY3JldA==',
          'content-type': 'application/json',
          ...(prefer && { prefer }),
        },
        body: VALID,
      });

    expect(output()).toContain('Prefer: code=400, example=NoSuchCustomers');
    expect((await create()).body).toMatchObject({ owner: { name: 'Renamed Inc.' } });
    expect((await create('example=NoSuchCustomers')).body).toMatchObject({ error: { type: 'NoSuchCustomers' } });
    expect((await exchange(url, {})).body).toMatchObject({ error: { type: 'NotFound' } });
  });
});
