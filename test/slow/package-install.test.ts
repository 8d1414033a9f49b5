// Installs the package and then its optional peers with the commands that it prints, from the configured registry: the
// newest versions that the ranges allow.
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

/** Runs the install command at the end of a message of the package. */
async function installPeers(text: string): Promise<void> {
  const [, command] = /Run: (npm install .+)\n/.exec(text) ?? [];
  if (!command) throw new Error(`No command in: ${text}`);
  await project.run(command);
}

describe('with the optional peers that the package names', () => {
  it.each(['server', 'mock'])(
    'imports ./%s',
    async (entry) => {
      const print = "() => console.log('loaded'), (error) => console.log(error.message)";
      const code = `import('${NAME}/${entry}').then(${print})`;
      const first = (await project.node('--eval', code)).stdout;
      if (first !== 'loaded\n') await installPeers(first);

      expect(await project.node('--eval', code)).toEqual({ code: 0, stdout: 'loaded\n', stderr: '' });
    },
    120_000,
  );

  it.each(['server', 'mock', 'conformance'])(
    'runs the %s command',
    async (name) => {
      const program = join(project.path, 'node_modules/.bin', `customer-organizations-${name}`);
      const first = await execute(program, ['--help'], project.path);
      if (first.code !== 0) await installPeers(first.stderr);

      const ran = await execute(program, ['--help'], project.path);

      expect(ran.code, ran.stderr).toBe(0);
      expect(ran.stdout).toMatch(/usage/i);
    },
    120_000,
  );
});
