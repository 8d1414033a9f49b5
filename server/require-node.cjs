// Checks the version of Node. Every program of this package loads it first (`node --require`), because an older Node
// stops at the first TypeScript file with an unhelpful error. It is CommonJS in old syntax, so that an old Node can
// read it.
'use strict';
var needed = require('../package.json').engines.node.replace('>=', '');
var have = process.versions.node.split('.').map(Number);
var want = needed.split('.').map(Number);
if (have[0] < want[0] || (have[0] === want[0] && have[1] < want[1])) {
  console.error(
    'This needs Node ' +
      needed +
      ' or newer, but runs on ' +
      process.versions.node +
      '. Install a newer Node, or run `npm ci`, which brings one.',
  );
  process.exit(1);
}
// Caches compiled code in a temporary folder of this user, which halves the time of the next start.
// NODE_DISABLE_COMPILE_CACHE=1 disables it.
require('node:module').enableCompileCache();
