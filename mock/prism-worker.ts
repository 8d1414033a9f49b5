// The thread of Prism (see prism.ts): loads Prism's engine, and responds to one message after the other.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import type { Contract } from '../openapi/model/contract.ts';
import { limitGeneratedBodies } from './limit-generated-bodies.ts';
import type { PrismReply, PrismRequest, PrismResponse } from './prism.ts';

const require = createRequire(import.meta.url);
// 34 MB of words for schemas with `x-faker`. Prism reads the export `faker` at once, so that one is loaded on demand.
loadOnDemand('@faker-js/faker', (load) => ({ faker: createProxy(() => load().faker ?? {}) }));
// 15 MB that read Postman collections.
loadOnDemand('@stoplight/http-spec/postman/operation', createProxy);
const { createInstance, getHttpOperationsFromSpec, resetJSONSchemaGenerator } =
  require('@stoplight/prism-http') as typeof import('@stoplight/prism-http'); // `require` has no types.

/** The edge validates requests and responses. */
const WITHOUT_VALIDATION = {
  checkSecurity: false,
  validateRequest: false,
  validateResponse: false,
  errors: false,
  upstreamProxy: undefined,
  isProxy: false,
} as const;

const contract: Contract = workerData;
const operations = await getHttpOperationsFromSpec(limitGeneratedBodies(contract));
// Prism logs each step, some of them at its own level `success`.
const logger = pino({ level: 'silent', customLevels: { success: 35 } });
const engine = createInstance(
  { ...WITHOUT_VALIDATION, mock: { dynamic: false } },
  { logger: logger as never }, // Prism's types are those of an older pino.
);

parentPort?.on('message', async (request: PrismRequest) => {
  const result = await respond(request).then(
    (response) => ({ response }),
    (error: unknown) => ({ error: String(error) }),
  );
  parentPort?.postMessage({ id: request.id, result } satisfies PrismReply);
});

async function respond({ method, path, preference }: PrismRequest): Promise<PrismResponse> {
  const operation = operations.find((each) => each.method === method.toLowerCase() && each.path === path);
  if (!operation) throw new Error(`The contract has no operation ${method} ${path}.`);
  const { code, example, dynamic = false, seed } = preference;
  const mock = { dynamic, ...(code && { code }), ...(example && { exampleKey: example }), ...(seed && { seed }) };
  // The engine matches this one operation only, and a path with `{parameters}` matches itself.
  const request = { method: operation.method as 'get', url: { path } }; // Prism's types: here a string, there a union.
  const result = await engine.request(request, [operation], { ...WITHOUT_VALIDATION, mock })();
  // The generator keeps its seed otherwise.
  if (seed) resetJSONSchemaGenerator();
  if (result._tag === 'Left') throw result.left;
  const { statusCode, headers = {}, body } = result.right.output;
  return { status: statusCode, headers, body };
}

type Load = () => Record<string, object>;

/** An object that is loaded when one of its properties is read. */
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
  // `require` reads only the exports of a module that is loaded already.
  const standIn = { loaded: true, exports: createStandIn(load) } as NodeJS.Module;
  requireOfPrism.cache[file] = standIn;
}
