// Loaded with --require: the process sends itself signals when the server's own modules begin to load. A signal whose
// default is in force ends the process there.
'use strict';
const { registerHooks } = require('node:module');

registerHooks({
  load(url, context, nextLoad) {
    if (url.endsWith('/server/cli/main.ts'))
      for (const signal of process.env.BOOT_SIGNALS.split(',')) process.kill(process.pid, signal);
    return nextLoad(url, context);
  },
});
