// The worker thread of Prism (see prism.ts). It handles one message at a time.
import { parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import type { Contract } from '../../openapi/model/contract.ts';
import { limitGeneratedBodies } from './limit-generated-bodies.ts';
import type { PrismReply, PrismRequest, PrismResponse } from './prism.ts';
import { prism } from './prism-engine.ts';

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
const operations = await prism.getHttpOperationsFromSpec(limitGeneratedBodies(contract));
// Prism logs some steps at a level of its own, `success`.
const logger = pino({ level: 'silent', customLevels: { success: 35 } });
const engine = prism.createInstance(
  { ...WITHOUT_VALIDATION, mock: { dynamic: false } },
  { logger: logger as never }, // Prism is typed for an older version of pino.
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
  const request = { method: operation.method as 'get', url: { path } }; // Prism's types disagree: string and union.
  const result = await engine.request(request, [operation], { ...WITHOUT_VALIDATION, mock })();
  // Otherwise the generator keeps the previous seed.
  if (seed) prism.resetJSONSchemaGenerator();
  if (result._tag === 'Left') throw result.left;
  const { statusCode, headers = {}, body } = result.right.output;
  return { status: statusCode, headers, body };
}
