// Starts the mock as a process, like `npm run mock`.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { ROOT } from '../project-copy.ts';

export interface MockProcess {
  child: ChildProcess;
  /** Without the base path. */
  url: string;
}

/** Resolves when the mock listens on a free port. It is killed after the test. */
export async function startMockProcess(): Promise<MockProcess> {
  const [, ...command] = manifest.scripts.mock.split(' ');
  const child = spawn(process.execPath, [...command, '--port', '0'], { cwd: ROOT });
  onTestFinished(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  let output = '';
  const url = new Promise<string>((settle, fail) => {
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
      const [, found] = /on (http:\S+)\/api\n/.exec(output) ?? [];
      if (found) settle(found);
    });
    child.stderr.on('data', (chunk) => (output += String(chunk)));
    child.once('close', () => fail(new Error(`The mock exited: ${output}`)));
  });
  return { child, url: await url };
}
