import { defineConfig } from 'vitest/config';

/** Installs from a registry and file watching: `npm run test:slow` runs these, `npm test` everything else. */
const SLOW = ['add-operation', 'dev', 'package-install'].map((name) => `test/${name}.test.ts`);

/** In both: `npm run test:slow` holds the one to the very times that are promised, and tries the other with the oldest compiler too. */
const STRICTER = ['postgres-faults', 'package'].map((name) => `test/${name}.test.ts`);

const slow = process.env.npm_lifecycle_event === 'test:slow';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: slow ? [...SLOW, ...STRICTER] : ['test/**/*.test.ts'],
    exclude: slow ? [] : SLOW,
    // Most tests wait for processes of their own; one file at a time would leave a core idle.
    maxWorkers: 2,
    // The compile cache, for each file has a process of its own.
    execArgv: ['--require', new URL('../server/require-node.cjs', import.meta.url).pathname],
    // The closing line comes last, so it is listed last.
    reporters: ['default', './test/closing-line.ts'],
    testTimeout: 40_000,
    hookTimeout: 90_000,
  },
});
