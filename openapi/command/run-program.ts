// Starts the command of a package.
import * as nodeModule from 'node:module';
import { explainRemovedFolder } from './explain-removed-folder.ts';
import { explainOldNode } from './node-version.ts';

/**
 * Loads a program, which runs it. On a Node that is too old, or in a folder that was removed, it prints one line, and
 * the process exits with this code. Compiled code is kept for the next start, in a folder of this user below that for
 * temporary files; it halves the start. NODE_DISABLE_COMPILE_CACHE=1 prevents it. An error of standard
 * error does not change the exit code.
 */
export async function runProgram(load: () => Promise<unknown>, exitCode: number): Promise<void> {
  // The error cannot be reported. Without a listener, the process would exit with 1 whatever it has done.
  process.stderr.on('error', () => {});
  const problem = explainOldNode() ?? (await runUntilProblem(load));
  if (problem === undefined) return;
  console.error(problem);
  process.exitCode = exitCode;
}

async function runUntilProblem(load: () => Promise<unknown>): Promise<string | undefined> {
  nodeModule.enableCompileCache();
  try {
    await load();
    return undefined;
  } catch (error) {
    const problem = explainRemovedFolder(error);
    if (problem === undefined) throw error;
    return problem;
  }
}
