// Runs a program that is not from npm.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Ran, ROOT } from '../support/project-copy.ts';

export const DEPLOY = join(ROOT, 'server/deploy');

/** The PATH with the folder of nginx and haproxy on Debian, which many users lack. */
const PATH = `${process.env.PATH}${delimiter}/usr/sbin`;

/** Resolves with the exit code and the output. `input` is the program's standard input. */
export function runTool(
  name: string,
  args: string[],
  { input = '', cwd = DEPLOY, env = {} }: { input?: string; cwd?: string; env?: Record<string, string> } = {},
): Promise<Ran> {
  const options = { cwd, env: { ...process.env, PATH, ...env }, maxBuffer: 64 * 1_048_576 };
  return new Promise((settle) => {
    const child = execFile(name, args, options, (error, stdout, stderr) =>
      settle({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    );
    // A program that does not read its input may have ended already.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** Starts a program that runs until the end of the test. */
export function startTool(name: string, args: string[]): { output(): string } {
  const child = spawn(name, args, { env: { ...process.env, PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return { output: () => output };
}
