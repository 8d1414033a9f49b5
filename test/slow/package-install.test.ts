// The package with what it says that it needs, installed by the commands that it gives, from a registry as strangers do it: the newest of everything that it allows.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consumer, createConsumer, execute, packPackage, type Tarball } from '../package/consumer.ts';

const NAME = 'customer-organizations-contract';

let tarball: Tarball;
let project: Consumer;

beforeAll(async () => {
  tarball = await packPackage();
  project = await createConsumer([tarball.path]);
}, 120_000);
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await tarball?.[Symbol.asyncDispose]();
});

/** Runs the command that this text ends with. */
async function obey(text: string): Promise<void> {
  const [, command] = /Run: (npm install .+)\n/.exec(text) ?? [];
  if (!command) throw new Error(`No command in: ${text}`);
  await project.run(command);
}

describe('who obeys what the package says', () => {
  it.each(['server', 'mock'])(
    'can import ./%s',
    async (entry) => {
      const code = `import('${NAME}/${entry}').then(() => console.log('loaded'), (error) => console.log(error.message))`;
      const first = (await project.node('--eval', code)).stdout;
      if (first !== 'loaded\n') await obey(first);

      expect(await project.node('--eval', code)).toEqual({ code: 0, stdout: 'loaded\n', stderr: '' });
    },
    120_000,
  );

  it.each(['server', 'mock', 'conformance'])(
    'can run the command for the %s',
    async (name) => {
      const program = join(project.path, 'node_modules/.bin', `customer-organizations-${name}`);
      const first = await execute(program, ['--help'], project.path);
      if (first.code !== 0) await obey(first.stderr);

      const ran = await execute(program, ['--help'], project.path);

      expect(ran.code, ran.stderr).toBe(0);
      expect(ran.stdout).toMatch(/usage/i);
    },
    120_000,
  );
});
