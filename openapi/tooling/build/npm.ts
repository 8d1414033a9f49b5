// Runs the npm that is on the PATH.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Resolves with the standard output. @throws Error with the output of npm when it fails */
export async function runNpm(args: string[], cwd: string): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', args, { cwd, shell: process.platform === 'win32' });
  return stdout;
}
