// The text of the files in dist/ that people enter by: each checks that its peers are there before anything that needs them is loaded.

const MADE = '// Made by `npm run build`.';

/**
 * A module that hands on what the one behind it exports. That one is required, not imported: an import would be resolved before the check can
 * speak. Nothing here is asynchronous, so CommonJS can require it.
 */
export function writeModule(name: string, target: string, peers: Record<string, string>, exported: string[]): string {
  return `${MADE}
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { explainMissing } = require('./require-peers.cjs');
const missing = explainMissing(${JSON.stringify(name)}, ${JSON.stringify(peers)});
if (missing) throw new Error(missing);

export const { ${exported.join(', ')} } = require(${JSON.stringify(`./${target}.js`)});
`;
}

/** A program. Exits with 1 when it cannot run. */
export function writeProgram(name: string, target: string, peers: Record<string, string>, node: string): string {
  return `#!/usr/bin/env node
${MADE}
'use strict';
var check = require('../require-peers.cjs');
var problem = check.explainOldNode(${JSON.stringify(name)}, ${JSON.stringify(node)}) || check.explainMissing(${JSON.stringify(name)}, ${JSON.stringify(peers)});
if (problem) {
  console.error(problem);
  process.exit(1);
}
import(${JSON.stringify(`../${target}.js`)});
`;
}
