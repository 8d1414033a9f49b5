// Implementations that make one check before another one that comes first.
import { ERROR_TYPES, type ErrorKind } from '../cases/case.ts';
import { typeOf } from './responses.ts';
import type { Defect, ProxyRequest } from './rewriting-proxy.ts';

const OPERATION = '/api/customer-organizations';
const PLAIN = '{"ownerId":"50af5191-05a3-42a5-802a-6b59091157af","memberIds":[]}';

/** Removes each error from a request. */
const CORRECT: Record<ErrorKind, (request: ProxyRequest) => Partial<ProxyRequest>> = {
  path: () => ({ path: OPERATION }),
  method: () => ({ method: 'POST' }),
  credentials: ({ headers }) => ({ headers: { ...headers, authorization: 'Basic a2V5OnNlY3JldA==' } }),
  version: ({ headers: { 'sequence-version': _, ...headers } }) => ({ headers }),
  mediaType: ({ headers }) => ({ headers: { ...headers, 'content-type': 'application/json' } }),
  size: ({ body }) => ({ body: body.trimEnd() }),
  json: () => ({ body: PLAIN }),
  contract: ({ path }) => ({ path: path.replace(/\?.*/, '') }),
  idempotency: ({ headers: { 'idempotency-key': _, ...headers } }) => ({ headers }),
  customers: () => ({ body: PLAIN }),
};

/** Makes the second check of the contract's order before the first one. */
function swaps(first: ErrorKind, second: ErrorKind): Defect {
  return {
    name: `checks ${second} before ${first}`,
    rule: 'order',
    async handle(request, forward) {
      const corrected = { ...request, ...CORRECT[first](request) };
      const early = JSON.stringify(corrected) === JSON.stringify(request) ? undefined : await forward(corrected);
      return early && typeOf(early) === ERROR_TYPES[second] ? early : forward(request);
    },
  };
}

export const ORDER_DEFECTS: Defect[] = [
  swaps('path', 'method'),
  swaps('path', 'credentials'),
  swaps('method', 'credentials'),
  swaps('method', 'contract'),
  swaps('credentials', 'version'),
  swaps('credentials', 'mediaType'),
  swaps('credentials', 'size'),
  swaps('credentials', 'json'),
  swaps('version', 'mediaType'),
  swaps('version', 'contract'),
  swaps('mediaType', 'size'),
  swaps('mediaType', 'json'),
  swaps('size', 'json'),
  swaps('size', 'contract'),
  swaps('contract', 'idempotency'),
  swaps('contract', 'customers'),
  swaps('idempotency', 'customers'),
];
