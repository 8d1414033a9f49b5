// Starts the command of a package.
import * as nodeModule from 'node:module';
import { explainOldNode } from './node-version.ts';

/**
 * Loads a program, which runs it. On a Node that is too old it prints one line, and the process exits with this code.
 * Compiled code is kept for the next start, in a folder of this user below that for temporary files; it halves the
 * start. NODE_DISABLE_COMPILE_CACHE=1 prevents it. A standard error that cannot be written changes no exit code.
 */
export async function runProgram(load: () => Promise<unknown>, exitCode: number): Promise<void> {
  // Nobody can be told. Without a listener, the process would end with 1 whatever it has done.
  process.stderr.on('error', () => {});
  const problem = explainOldNode();
  if (problem === undefined) {
    nodeModule.enableCompileCache();
    await load();
  } else {
    console.error(problem);
    process.exitCode = exitCode;
  }
}
