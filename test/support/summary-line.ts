// Ends the output of `npm test` with one line that a machine can read.
import type { Reporter, TestModule } from 'vitest/node';

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state]++;
      // A file that cannot be loaded has no tests, and is a failure all the same.
      count.failed += module.errors().length;
    }
    // The summary of the default reporter is printed in the same turn; this follows it.
    setImmediate(() => console.log(`${count.passed} passed, ${count.failed} failed`));
  }
}
