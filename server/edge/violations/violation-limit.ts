// The maximum number of violations in a response, as the contract declares it.
import {
  type Contract,
  type OperationEntry,
  resolve,
  responsesOf,
  type Schema,
} from '../../../openapi/model/contract.ts';

/** For contracts that set no limit. */
const DEFAULT_LIMIT = 100;

/**
 * Violations that `InvalidRequest` lists at most: `maxItems` of `details`, which is smaller for this type than for
 * others.
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
