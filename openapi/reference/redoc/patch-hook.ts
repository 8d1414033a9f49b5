// Loaded into the Redocly CLI with `--import`: patches the code that prerenders, as Node loads it. Nothing in node_modules is written.
import { registerHooks } from 'node:module';
import { patchRedoc } from './patches.ts';

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.includes('/@redocly/cli/lib/chunks/')) return loaded;
    const source = loaded.source?.toString() ?? '';
    // The one chunk of the CLI that has the command.
    return source.includes('Prerendering docs') ? { ...loaded, source: patchRedoc(source) } : loaded;
  },
});
