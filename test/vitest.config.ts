import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const UNIT = 'test/**/*.unit.test.ts';
const BROWSER = 'test/**/*.browser.test.ts';
const SLOW = 'test/slow/**/*.test.ts';
/** Runs all of `npm test` on a copy. */
const ALONE = 'test/slow/contract/add-operation.test.ts';
const TIMING = 'test/timing/**/*.test.ts';
const DEPLOY = 'test/deploy/**/*.test.ts';

const FORBID_SOCKETS = 'test/support/setup/forbid-sockets.ts';
const POSTGRES_TEMPLATE = 'test/support/setup/postgres-template.ts';

const project = (name: string, include: string, test: TestProjectInlineConfiguration['test'] = {}) =>
  ({ extends: true, test: { name, include: [include], ...test } }) satisfies TestProjectInlineConfiguration;

/** The files of a worker share modules, half a second of CPU time of each: none mocks a module (`vi.mock`). */
const SHARED = { isolate: false };

/** A busy machine fails no slow test: what is held to a time is in the project timing. */
const MINUTES = { testTimeout: 300_000, hookTimeout: 600_000 };

/**
 * `npx vitest --config test/vitest.config.ts --project NAME` runs one project; README.md in this folder describes each.
 */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    // Most tests wait for processes of their own: three files at a time keep two cores busy.
    maxWorkers: 3,
    // The compile cache: workers are processes of their own.
    execArgv: ['--require', new URL('../server/require-node.cjs', import.meta.url).pathname],
    // The summary line comes last, so it is listed last.
    reporters: ['default', './test/support/setup/summary-line.ts'],
    testTimeout: 40_000,
    hookTimeout: 90_000,
    projects: [
      project('unit', UNIT, { ...SHARED, setupFiles: FORBID_SOCKETS }),
      project('server', 'test/**/*.test.ts', {
        ...SHARED,
        exclude: [UNIT, BROWSER, SLOW, TIMING, DEPLOY],
        globalSetup: POSTGRES_TEMPLATE,
      }),
      project('browser', BROWSER, SHARED),
      project('slow', SLOW, { ...MINUTES, exclude: [ALONE], globalSetup: POSTGRES_TEMPLATE }),
      project('slow-alone', ALONE, { ...MINUTES, sequence: { groupOrder: 1 } }),
      project('timing', TIMING),
      project('deploy', DEPLOY, { globalSetup: 'test/support/setup/deploy-tools.ts' }),
    ],
  },
});
