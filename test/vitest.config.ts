import { defineConfig } from 'vitest/config';

/** What installs, watches, releases, kills imports, or goes through the site sample by sample: `npm run test:slow` runs these, `npm test` everything else. */
const SLOW = ['test/slow/**/*.test.ts'];

/** In both: `npm run test:slow` holds it to the very times that are promised. */
const STRICTER = ['test/store/postgres-faults.test.ts'];

/** Replace what other files need as it is: modules, globals or the clock. */
const ALONE = [
  'edge/authentication',
  'client/client',
  'edge/limits-body',
  'server/operations',
  'server/rate-limit',
  'server/shared-counter',
  'store/create-groups',
].map((name) => `test/${name}.test.ts`);

const slow = process.env.npm_lifecycle_event === 'test:slow';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    // Most tests wait for processes of their own: three files at a time keep two cores busy.
    maxWorkers: 3,
    // The compile cache, for each file has a process of its own.
    execArgv: ['--require', new URL('../server/require-node.cjs', import.meta.url).pathname],
    // The closing line comes last, so it is listed last.
    reporters: ['default', './test/support/summary-line.ts'],
    testTimeout: 40_000,
    hookTimeout: 90_000,
    // A process and its modules serve one file after the other, which takes a tenth less than one for each.
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          isolate: false,
          include: slow ? [...SLOW, ...STRICTER] : ['test/**/*.test.ts'],
          exclude: slow ? [] : [...SLOW, ...ALONE],
        },
      },
      ...(slow ? [] : [{ extends: true as const, test: { name: 'alone', include: ALONE } }]),
    ],
  },
});
