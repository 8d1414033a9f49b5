// Loaded first by every program of this package (`node --require`). An older Node stops at the first TypeScript file
// with an error that helps nobody, so this says what is missing. It is CommonJS in old syntax, for it is the old Node
// that has to read it.
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
// Compiled code is kept for the next start, in a folder of this user below that for temporary files. It halves the
// start; NODE_DISABLE_COMPILE_CACHE=1 prevents it.
require('node:module').enableCompileCache();
