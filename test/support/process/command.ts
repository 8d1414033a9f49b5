// Runs commands of the server: in this process, or as a separate process where signals and pipes matter.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import manifest from '../../../package.json' with { type: 'json' };
import { run } from '../../../server/cli/program.ts';
import { ROOT } from '../project-copy.ts';

export interface Ended {
  /** null when a signal ended the process. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command in this process on the database at this path. */
export function command(databasePath: string, ...argv: string[]): Promise<Ended> {
  return commandIn({ DATABASE_PATH: databasePath }, ...argv);
}

/** Runs a command in this process with these settings. */
export async function commandIn(environment: Record<string, string>, ...argv: string[]): Promise<Ended> {
  const [stdout, stderr] = [new Collected(), new Collected()];
  const code = await run(argv, { environment, stdout, stderr });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** Collects what is written. */
export class Collected extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk;
    done();
  }
}

/**
 * Starts a command as a process, like `npm run server`. The caller ends it. `NODE` in the environment replaces the
 * program that runs it.
 */
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

/** Resolves with the first match in the stream. Rejects when the stream ends without one. */
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
    stream.once('close', () => fail(new Error(`The output never matched ${pattern}: ${text}`)));
  });
}

export interface CreatedKey {
  clientId: string;
  clientSecret: string;
  pinnedVersion: string | null;
  /** The value of the header. */
  authorization: string;
}

/** Creates a key, and the account if there is none. `options` are those of `keys create`. */
export async function createKey(databasePath: string, account: string, ...options: string[]): Promise<CreatedKey> {
  const create = ['keys', 'create', '--account', account, '--create-account', '--json', ...options];
  const { stdout, stderr } = await command(databasePath, ...create);
  if (stdout === '') throw new Error(stderr);
  const created = JSON.parse(stdout);
  const credentials = `${created.clientId}:${created.clientSecret}`;
  return { ...created, authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}
