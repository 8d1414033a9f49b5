// Loaded into the Redocly CLI with `--import`: patches Redoc while Node loads it. node_modules stays unchanged.
import { registerHooks } from 'node:module';
import { patchRedoc } from './patches.ts';

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.includes('/@redocly/cli/lib/chunks/')) return loaded;
    const source = loaded.source?.toString() ?? '';
    // The chunk of the `build-docs` command.
    return source.includes('Prerendering docs') ? { ...loaded, source: patchRedoc(source) } : loaded;
  },
});
