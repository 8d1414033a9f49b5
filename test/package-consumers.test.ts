// The package in the hands of others: compiled by the oldest and the newest TypeScript that is promised, and the README's examples run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Consumer, createConsumer, packPackage, type Tarball } from './package/consumer.ts';
import { ROOT } from './project-copy.ts';
import { startSqliteServer } from './targets.ts';

/** Aliases, so that both can be installed side by side. */
const COMPILERS = { 'typescript-5-5': 'npm:typescript@5.5.4', 'typescript-7': 'npm:typescript@7.0.2' };

const RESOLUTIONS = [
  { moduleResolution: 'bundler', module: 'esnext' },
  { moduleResolution: 'nodenext', module: 'nodenext' },
];

let tarball: Tarball;
/** Has the client alone, in a world of browsers. */
let frontend: Consumer;
/** Has what `./server` said that it needs. */
let backend: Consumer;

beforeAll(async () => {
  tarball = await packPackage();
  const compilers = Object.entries(COMPILERS).map(([name, spec]) => `${name}@${spec}`);
  [frontend, backend] = await Promise.all([
    createConsumer([tarball.path, ...compilers]),
    createConsumer([tarball.path, 'pino@10', '@types/express@5', '@types/node@24']),
  ]);
  await obey(backend, 'customer-organizations-contract/server');
}, 120_000);
afterAll(async () => {
  for (const each of [frontend, backend, tarball]) await each?.[Symbol.asyncDispose]();
});

/** Imports the entry, and runs the command that it answers with. */
async function obey(consumer: Consumer, entry: string): Promise<void> {
  const { stdout } = await consumer.node('--eval', `import('${entry}').catch((error) => console.log(error.message))`);
  const [, command] = /Run: (npm install .+)\n/.exec(stdout) ?? [];
  if (!command) throw new Error(`No command in: ${stdout}`);
  await consumer.run(command);
}

const example = (name: string) => readFile(new URL(`package/examples/${name}`, import.meta.url), 'utf8');

/** Compiles files in the project, with `skipLibCheck` off, by a compiler of the frontend's. */
async function compile(consumer: Consumer, compiler: string, files: string[], options: object) {
  const compilerOptions = { strict: true, skipLibCheck: false, noEmit: true, target: 'es2022', ...options };
  await consumer.write('tsconfig.json', JSON.stringify({ compilerOptions, files }));
  return consumer.node(join(frontend.path, 'node_modules', compiler, 'bin/tsc'));
}

describe.each(Object.keys(COMPILERS))('the types of the package, with %s', (compiler) => {
  it('compile in a browser, and tell a wrong call from a right one', async () => {
    const right = await example('client.ts');
    await frontend.write('client.ts', right);
    await frontend.write('wrong.ts', right.replace('memberIds:', 'members:'));

    const ran = await compile(frontend, compiler, ['client.ts', 'wrong.ts'], {
      ...{ moduleResolution: 'bundler', module: 'esnext', lib: ['es2022', 'dom'], types: [] },
    });

    expect(ran.stdout).toMatch(/^wrong\.ts\(\d+,\d+\): error TS\d+: .*'members' does not exist/);
    expect(ran.stdout.match(/error TS/g)).toHaveLength(1);
  }, 60_000);

  it.each(RESOLUTIONS)(
    'compile on Node with $moduleResolution',
    async (resolution) => {
      await backend.write('client.ts', await example('client.ts'));
      await backend.write('server.ts', await example('own-handlers.ts'));

      const ran = await compile(backend, compiler, ['client.ts', 'server.ts'], {
        ...{ ...resolution, lib: ['es2022'], types: ['node'] },
      });

      expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
    },
    60_000,
  );
});

describe('the examples of the README', () => {
  it('are these, word for word', async () => {
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
    const blocks = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = '']) => code);
    const known = await Promise.all(['client.ts', 'own-handlers.ts', 'frontend-test.ts'].map(example));

    expect(blocks.filter((code) => code.includes("'customer-organizations-contract") && !known.includes(code))).toEqual(
      [],
    );
  });

  it('run: the client', async () => {
    const server = await startSqliteServer();
    onTestFinished(() => server.close());
    await frontend.write('run.ts', (await example('client.ts')).replace('http://localhost:3000', server.url));

    const ran = await frontend.node('run.ts');

    expect(ran).toEqual({ code: 0, stdout: 'FinTech Solutions Inc. 1\n', stderr: '' });
  });

  it('run: handlers of your own', async () => {
    await backend.write('run.ts', await example('own-handlers.ts'));
    await backend.write(
      'port.ts',
      "import { createServer } from 'node:net'; createServer().listen(0, function () { console.log(this.address().port); this.close(); });",
    );
    const port = (await backend.node('port.ts')).stdout.trim();
    const child = spawn(process.execPath, ['run.ts'], {
      cwd: backend.path,
      env: { ...process.env, PORT: port, SECRET: 'secret' },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await frontend.write(
      'call.ts',
      (await example('client.ts'))
        .replace('localhost:3000', `localhost:${port}`)
        .replace('createClient({', 'createClient({ retries: 10,'),
    );

    const ran = await frontend.node('call.ts');

    expect(ran).toEqual({ code: 0, stdout: 'Customer 50af5191 1\n', stderr: '' });
    child.kill();
    await once(child, 'close');
  });

  it('run: the test of a frontend, against the mock', async () => {
    await obey(backend, 'customer-organizations-contract/mock');
    await symlink(join(ROOT, 'node_modules/vitest'), join(backend.path, 'node_modules/vitest'));
    await backend.write('frontend.test.ts', await example('frontend-test.ts'));

    const [compiled, ran] = await Promise.all([
      // The types of vitest itself are not what is checked here.
      compile(backend, 'typescript-7', ['frontend.test.ts'], {
        ...{ ...RESOLUTIONS[0], lib: ['es2024', 'dom'], types: ['node'], skipLibCheck: true },
      }),
      backend.node('node_modules/vitest/vitest.mjs', 'run'),
    ]);

    expect(compiled).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/1 passed/);
  }, 120_000);

  it('can be required too, from CommonJS', async () => {
    const code =
      "const { createApp, openSqliteStore } = require('customer-organizations-contract/server'); console.log(typeof createApp, typeof openSqliteStore)";

    expect(await backend.node('--input-type=commonjs', '--eval', code)).toEqual({
      code: 0,
      stdout: 'function function\n',
      stderr: '',
    });
  });
});
