// Runs the fuzz command in this process.
import { Collected } from '../../support/process/command.ts';
import { run } from '../program.ts';

/** Resolves with the exit code and what was written. */
export async function fuzz(...argv: string[]) {
  const [stdout, stderr] = [new Collected(), new Collected()];
  const code = await run(argv, { stdout, stderr });
  return { code, stdout: stdout.text, stderr: stderr.text };
}
