// Ends the output of `npm test` with one machine-readable line.
import type { Reporter, TestModule } from 'vitest/node';

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state]++;
      // A file that cannot be loaded has no tests, but counts as a failure.
      count.failed += module.errors().length;
    }
    // Printed after the summary of the default reporter, which runs in the same tick.
    setImmediate(() => console.log(`${count.passed} passed, ${count.failed} failed`));
  }
}
