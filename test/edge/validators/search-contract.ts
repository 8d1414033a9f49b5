// The contract with an operation that has parameters.
import { contract } from '../../../generated/contract.ts';
import { type Contract, type OperationEntry, operationsOf } from '../../../openapi/model/contract.ts';

/** The operation with this ID. */
export function findEntry(changed: Contract, operationId: string): OperationEntry {
  const entry = operationsOf(changed).find((each) => each.operation.operationId === operationId);
  if (!entry) throw new Error(`The contract has no operation ${operationId}.`);
  return entry;
}

/** The contract with one more operation: its parameters have defaults, lists and numbers. */
export function withSearch(): Contract {
  const changed = structuredClone(contract);
  const parameter = (name: string, place: string, schema: object) => ({
    name,
    in: place,
    required: place === 'path',
    schema,
  });
  changed.paths['/customers/{customerId}/organizations'] = {
    parameters: [parameter('customerId', 'path', { type: 'integer' })],
    get: {
      operationId: 'search',
      parameters: [
        parameter('limit', 'query', { type: 'integer', maximum: 100, default: 10 }),
        parameter('tags', 'query', { type: 'array', items: { type: 'string', minLength: 2 } }),
        { ...parameter('ids', 'query', { type: 'array', items: { type: 'integer' } }), explode: false },
        parameter('text', 'query', { type: 'string' }),
        parameter('X-Depth', 'header', { type: 'integer', default: 3 }),
      ],
      responses: { 200: { description: 'Found.' } },
    },
  };
  return changed;
}
