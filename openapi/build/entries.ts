// What the package can be entered by: the modules that need optional peers, and the programs. The client needs none, so it is not here.

/** Exports that are checked for their peers as they are imported: file in dist/, and the module behind it. */
export const MODULES: Record<string, { subpath: string; source: string }> = {
  'server.js': { subpath: './server', source: 'server/index' },
};

/** Programs by the name of their command, and the module that runs each. */
export const PROGRAMS: Record<string, string> = {
  'customer-organizations-server': 'server/cli',
  'customer-organizations-conformance': 'conformance/main',
};
