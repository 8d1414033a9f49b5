// What the package can be entered by: the modules that need optional peers, and the programs. The client needs none, so it is not here.

/** Exports that are checked for their peers as they are imported: file in dist/, and the module behind it. */
export const MODULES: Record<string, { subpath: string; source: string }> = {
  'server.js': { subpath: './server', source: 'server/index' },
  'mock.js': { subpath: './mock', source: 'mock/start' },
};

/** Programs by the name of their command, and the module that runs each. */
export const PROGRAMS: Record<string, string> = {
  'customer-organizations-server': 'server/main',
  'customer-organizations-mock': 'mock/cli',
  'customer-organizations-conformance': 'conformance/main',
};

/** What a built module loads without an import that a bundler could see: the file of a thread, and packages that are required at run time. */
export const UNSEEN: Record<string, { files: string[]; packages: string[] }> = {
  'dist/mock/prism.js': { files: ['dist/mock/prism-worker.js'], packages: ['@stoplight/prism-http'] },
};
