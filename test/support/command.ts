// Runs commands of the server's program: in this process where that is enough, as a process of its own where signals and pipes matter.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import manifest from '../../package.json' with { type: 'json' };
import { run } from '../../server/cli/program.ts';

export interface Ended {
  /** null if a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** In this process, on the database at this path. */
export function command(databasePath: string, ...argv: string[]): Promise<Ended> {
  return commandIn({ DATABASE_PATH: databasePath }, ...argv);
}

/** In this process, with these settings. */
export async function commandIn(environment: Record<string, string>, ...argv: string[]): Promise<Ended> {
  const [stdout, stderr] = [new Collected(), new Collected()];
  const code = await run(argv, { environment, stdout, stderr });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Collected extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk;
    done();
  }
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** As a process of its own, as `npm run server` starts it. Who starts it ends it. `NODE` in the environment: another program in place of Node. */
export function spawnCommand(environment: Record<string, string>, ...argv: string[]): ChildProcessWithoutNullStreams {
  const [, ...program] = manifest.scripts.server.split(' ');
  return spawn(environment.NODE ?? process.execPath, [...program, ...argv], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...environment },
  });
}

/** Resolves when the process has ended. */
export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (text.stdout += chunk));
  child.stderr.on('data', (chunk) => (text.stderr += chunk));
  await once(child, 'close');
  return { code: child.exitCode, ...text };
}

/** Resolves when the stream has said this. Rejects when it ends without. */
export async function said(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  let text = '';
  return new Promise((settle, fail) => {
    const onData = (chunk: Buffer) => {
      text += chunk;
      const found = pattern.exec(text);
      if (!found) return;
      stream.removeListener('data', onData);
      settle(found[0]);
    };
    stream.on('data', onData);
    stream.once('close', () => fail(new Error(`It never said ${pattern}, but: ${text}`)));
  });
}

/** Makes a key, and gives the value of its `Authorization` header. */
export async function createKey(
  databasePath: string,
  account: string,
): Promise<{ clientId: string; authorization: string }> {
  const { stdout, stderr } = await command(databasePath, 'keys', 'create', '--account', account, '--json');
  if (stdout === '') throw new Error(stderr);
  const { clientId, clientSecret } = JSON.parse(stdout);
  return { clientId, authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` };
}
