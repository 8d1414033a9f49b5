// Prism's engine. The published package contains a bundle instead: see openapi/tooling/build/bundle-prism.ts.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
// 34 MB of words for schemas with `x-faker`. Prism reads the export `faker` at once, so a proxy loads it on demand.
loadOnDemand('@faker-js/faker', (load) => ({ faker: createProxy(() => load().faker ?? {}) }));
// 15 MB of code that reads Postman collections.
loadOnDemand('@stoplight/http-spec/postman/operation', createProxy);
export const prism: typeof import('@stoplight/prism-http') = require('@stoplight/prism-http');

type Load = () => Record<string, object>;

/** Creates an object that is loaded when one of its properties is first read. */
function createProxy(load: () => object): object {
  return new Proxy({}, { get: (_, name) => Reflect.get(load(), name), has: (_, name) => Reflect.has(load(), name) });
}

/** Replaces a module that Prism loads at start but seldom uses: `createStandIn` decides when the module is loaded. */
function loadOnDemand(name: string, createStandIn: (load: Load) => object): void {
  const requireOfPrism = createRequire(require.resolve('@stoplight/prism-http'));
  const file = requireOfPrism.resolve(name);
  const load: Load = () => {
    if (requireOfPrism.cache[file] === standIn) delete requireOfPrism.cache[file];
    return requireOfPrism(file);
  };
  // `require` reads only `exports` from a cached module.
  const standIn = { loaded: true, exports: createStandIn(load) } as NodeJS.Module;
  requireOfPrism.cache[file] = standIn;
}
