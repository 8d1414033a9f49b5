// The README is executed unchanged: its commands, its curl, and the response that it shows.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExample } from '../../support/code-blocks.ts';
import { withoutGenerated } from '../../support/contract/organization.ts';
import { freePort } from '../../support/http/ports.ts';
import { copyProject, type ProjectCopy, ROOT } from '../../support/project-copy.ts';

const block = (language: string, text: string) => readExample('README.md', language, text);

/** A command of the README without its comment, in a shell. */
function run(command: string, cwd: string, env: Record<string, string> = {}) {
  const child = spawn(command, {
    shell: '/bin/sh',
    cwd,
    detached: true,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  return { child, output: () => output, ended: once(child, 'close').then(([code]) => code) };
}

/**
 * The README uses port 3000, which may not be free here: the server gets another port, and curl connects to that one
 * instead of 3000.
 */
let port: number;
let project: ProjectCopy;
let server: ReturnType<typeof run>;

const [startLine = '', testLine = ''] = (await block('sh', 'npm ci'))
  .trim()
  .split('\n')
  .map((line) => line.replace(/ +#.*/, ''));

beforeAll(async () => {
  port = await freePort();
  project = await copyProject();
  // The packages that `npm ci` installs are linked into the copy.
  server = run(startLine.replace('npm ci && ', ''), project.path, { PORT: String(port) });
  await new Promise<void>((settle, fail) => {
    server.child.stdout.on('data', () => server.output().includes('Ctrl-C') && settle());
    server.ended.then(() => fail(new Error(server.output())));
  });
});

afterAll(async () => {
  // Kills the whole group: npm, its shell and the server.
  if (server.child.pid) process.kill(-server.child.pid, 'SIGTERM');
  await server.ended;
  await project[Symbol.asyncDispose]();
});

describe('the first screen', () => {
  it('has the two commands', () => {
    expect([startLine, testLine]).toEqual(['npm ci && npm start', 'npm ci && npm test']);
  });

  it('is what CI runs, before the slow tests', async () => {
    expect(await readFile(join(ROOT, '.ci/run'), 'utf8')).toContain(`\n${testLine} && npm run test:slow\n`);
  });

  it('shows what npm start prints', async () => {
    expect(server.output().replaceAll(String(port), '3000')).toContain(
      await block('text', 'Customer organizations on'),
    );
  });

  it.each(['curl', 'stand-in'])('has a curl whose response has what is shown: %s', async (which) => {
    const tools = join(project.path, which);
    const installed = (await run('command -v curl', project.path).ended) === 0;
    await cp(join(ROOT, 'test/support/http/curl.ts'), join(project.path, 'curl.ts'));
    if (which === 'stand-in' || !installed) {
      await cp(join(ROOT, 'test/support/http/curl.ts'), `${tools}.ts`);
      await writeFile(join(project.path, 'curl'), `#!/bin/sh\nexec '${process.execPath}' '${tools}.ts' "$@"\n`);
      await chmod(join(project.path, 'curl'), 0o755);
    }
    await writeFile(join(project.path, '.curlrc'), `silent\nconnect-to = "localhost:3000:127.0.0.1:${port}"\n`);

    const curl = run(await block('sh', 'curl --request'), project.path, {
      PATH: which === 'stand-in' || !installed ? `${project.path}:${process.env.PATH}` : String(process.env.PATH),
      CURL_HOME: project.path,
      CURL_CONNECT_TO: `localhost:3000=127.0.0.1:${port}`,
    });

    expect(await curl.ended).toBe(0);
    const body = JSON.parse(curl.output());
    expect(body.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(withoutGenerated(body)).toMatchObject(withoutGenerated(JSON.parse(await block('json', '"id"'))));
  });

  it('names every existing folder, and no other', async () => {
    const entries = await readdir(ROOT, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);

    const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
    const named = [...readme.matchAll(/^\| \[?`(\w+)\/`/gm)].map(([, name]) => name);

    const mine = folders.filter((name) => !name.startsWith('.') && !['node_modules', 'data', 'dist'].includes(name));
    expect(named.sort()).toEqual(mine.sort());
  });
});
