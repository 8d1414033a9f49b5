// The thread of Prism (see prism.ts): loads its engine, and answers one question after the other.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import type { Contract } from '../openapi/model/contract.ts';
import { keepSmall } from './limit-generated-bodies.ts';
import type { PrismAnswer, Question, Reply } from './prism.ts';

const require = createRequire(import.meta.url);
// Words for schemas with `x-faker`, 34 MB of them. Prism takes hold of `faker` at once, so that is what waits.
leaveOut('@faker-js/faker', (load) => ({ faker: onDemand(() => load().faker ?? {}) }));
// Reads Postman collections, 15 MB.
leaveOut('@stoplight/http-spec/postman/operation', onDemand);
const { createInstance, getHttpOperationsFromSpec, resetJSONSchemaGenerator } =
  require('@stoplight/prism-http') as typeof import('@stoplight/prism-http'); // `require` gives no types.

/** All that Prism could check is checked by the edge, before it and after it. */
const UNCHECKED = {
  checkSecurity: false,
  validateRequest: false,
  validateResponse: false,
  errors: false,
  upstreamProxy: undefined,
  isProxy: false,
} as const;

const contract: Contract = workerData;
const operations = await getHttpOperationsFromSpec(keepSmall(contract));
// Prism logs each of its steps; `success` is a level of its own.
const logger = pino({ level: 'silent', customLevels: { success: 35 } });
const engine = createInstance(
  { ...UNCHECKED, mock: { dynamic: false } },
  { logger: logger as never }, // Prism's types are those of an older pino.
);

parentPort?.on('message', async (question: Question) => {
  const result = await answer(question).then(
    (answer) => ({ answer }),
    (error: unknown) => ({ fault: String(error) }),
  );
  parentPort?.postMessage({ id: question.id, result } satisfies Reply);
});

async function answer({ method, path, wish }: Question): Promise<PrismAnswer> {
  const operation = operations.find((each) => each.method === method.toLowerCase() && each.path === path);
  if (!operation) throw new Error(`There is no ${method} ${path} in the contract.`);
  const { code, example, dynamic = false, seed } = wish;
  const mock = { dynamic, ...(code && { code }), ...(example && { exampleKey: example }), ...(seed && { seed }) };
  // There is only the chosen operation to match, and its path, braces and all, matches itself.
  const request = { method: operation.method as 'get', url: { path } }; // Prism types the one as text, the other as a union.
  const result = await engine.request(request, [operation], { ...UNCHECKED, mock })();
  // Else the generator keeps the seed for all that follows.
  if (seed) resetJSONSchemaGenerator();
  if (result._tag === 'Left') throw result.left;
  const { statusCode, headers = {}, body } = result.right.output;
  return { status: statusCode, headers, body };
}

type Load = () => Record<string, object>;

/** An object that is not there before it is asked for something. */
function onDemand(load: () => object): object {
  return new Proxy({}, { get: (_, name) => Reflect.get(load(), name), has: (_, name) => Reflect.has(load(), name) });
}

/** Puts a stand-in where Prism will look for a module that it loads but seldom uses; the module itself is loaded when it is used. */
function leaveOut(name: string, standInFor: (load: Load) => object): void {
  const requireOfPrism = createRequire(require.resolve('@stoplight/prism-http'));
  const file = requireOfPrism.resolve(name);
  const load: Load = () => {
    if (requireOfPrism.cache[file] === standIn) delete requireOfPrism.cache[file];
    return requireOfPrism(file);
  };
  // Of a module, only its exports are asked for when it is loaded already.
  const standIn = { loaded: true, exports: standInFor(load) } as NodeJS.Module;
  requireOfPrism.cache[file] = standIn;
}
