// Commands in a folder that has been removed, for example by a deployment.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ROOT } from '../../support/project-copy.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const MESSAGE = 'The current folder was removed, and relative paths need it. Change to another folder.';
const AS_JSON = JSON.stringify({ error: { type: 'failure', message: MESSAGE } });

it.each<[string, string[], number, string]>([
  ['server/main.ts', ['keys', 'list', '--json'], 1, AS_JSON],
  ['server/main.ts', ['migrate'], 1, MESSAGE],
  ['server/main.ts', ['serve', '--json'], 1, AS_JSON],
  ['mock/main.ts', ['--port', '0', '--contract', 'x.yaml'], 1, MESSAGE],
  ['test/conformance/main.ts', ['http://127.0.0.1:1', '--contract', 'x.yaml'], 2, MESSAGE],
])('%s %j reports in one line that the current folder was removed', async (program, argv, code, line) => {
  const { path, [Symbol.asyncDispose]: remove } = await temporaryFolder();
  onTestFinished(() => remove());
  const start = [process.execPath, '--require', join(ROOT, 'server/require-node.cjs'), join(ROOT, program), ...argv];

  const ran = await new Promise((resolve) => {
    const env = { PATH: process.env.PATH, DATABASE_PATH: 'relative.db' };
    execFile(
      'sh',
      ['-c', 'mkdir d && cd d && rmdir ../d && exec "$@"', 'sh', ...start],
      { cwd: path, env },
      (error, ...output) => resolve({ code: error?.code, output: output.join('') }),
    );
  });

  expect(ran).toEqual({ code, output: `${line}\n` });
});
