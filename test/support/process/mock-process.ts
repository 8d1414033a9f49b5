// Starts the mock as a process, like `npm run mock`.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { ROOT } from '../project-copy.ts';

export interface MockProcess {
  child: ChildProcess;
  /** The URL, without the base path. */
  url: string;
  /** Kills the mock. */
  close(): Promise<void>;
}

/** Starts the mock of this project, or of a copy of it in `cwd`, on a free port. Resolves when it listens. */
export async function spawnMock(cwd = ROOT): Promise<MockProcess> {
  const [, ...command] = manifest.scripts.mock.split(' ');
  const child = spawn(process.execPath, [...command, '--port', '0'], { cwd });
  const ended = once(child, 'close');
  let output = '';
  const url = await new Promise<string>((settle, fail) => {
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
      const [, found] = /on (http:\S+)\/api\n/.exec(output) ?? [];
      if (found) settle(found);
    });
    child.stderr.on('data', (chunk) => (output += String(chunk)));
    child.once('close', () => fail(new Error(`The mock exited: ${output}`)));
  });
  const close = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { child, url, close };
}

/** Starts the mock of this project. It is killed after the test. */
export async function startMockProcess(): Promise<MockProcess> {
  const mock = await spawnMock();
  onTestFinished(() => mock.close());
  return mock;
}
