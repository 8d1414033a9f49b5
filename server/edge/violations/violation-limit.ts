// The maximum number of violations in a response, as the contract declares it.
import {
  type Contract,
  type OperationEntry,
  resolve,
  responsesOf,
  type Schema,
} from '../../../openapi/model/contract.ts';

/** The limit for contracts that set none. */
const DEFAULT_LIMIT = 100;

/**
 * Returns the maximum number of violations that `InvalidRequest` lists: `maxItems` of its `details`, which is smaller
 * than that of other types.
 */
export function violationLimitOf(contract: Contract, { operation }: OperationEntry): number {
  const response = responsesOf(contract, operation).find(({ status }) => status === 400)?.response;
  const [mediaType] = Object.values(response?.content ?? {});
  const error = mediaType && resolve<Schema>(contract, mediaType.schema).properties?.error;
  const { if: condition, then, properties } = error ? resolve<Schema>(contract, error) : {};
  const details = [condition && then?.properties?.details, properties?.details];
  const limits = details.map((each) => each && resolve<Schema>(contract, each).maxItems);
  return limits.find((limit) => typeof limit === 'number') ?? DEFAULT_LIMIT;
}
