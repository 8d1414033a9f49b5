// Stops a program that runs on a Node that is too old, with one line.
import { explainOldNode } from './node-version.ts';

/**
 * Throws an error that the importer may catch. Uncaught, Node would print it below a line of source and above a stack;
 * instead the process prints one line, and exits with this code.
 */
export function rejectOldNode(exitCode: number): void {
  const problem = explainOldNode();
  if (problem === undefined) return;
  const error = new Error(problem);
  process.once('uncaughtException', (thrown) => {
    if (thrown !== error) throw thrown;
    console.error(problem);
    process.exit(exitCode);
  });
  throw error;
}
