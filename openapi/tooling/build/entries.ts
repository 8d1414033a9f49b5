// The entry points of the package that need optional peer dependencies: modules and programs.

/** Exports that check their peer dependencies when they are imported, by their file in dist/. */
export const MODULES: Record<string, { subpath: string; source: string }> = {
  'server.js': { subpath: './server', source: 'server/index' },
  'mock.js': { subpath: './mock', source: 'mock/start' },
};

/** The module of each program, by the name of its command. */
export const PROGRAMS: Record<string, string> = {
  'customer-organizations-server': 'server/main',
  'customer-organizations-mock': 'mock/cli',
  'customer-organizations-conformance': 'conformance/main',
};

/** What a built module loads without a static import: the file of a worker, and packages that are required. */
export const DYNAMIC_LOADS: Record<string, { files: string[]; packages: string[] }> = {
  'dist/mock/prism.js': { files: ['dist/mock/prism-worker.js'], packages: ['@stoplight/prism-http'] },
};
