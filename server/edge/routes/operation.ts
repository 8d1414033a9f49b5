// An operation in one version of the contract, with its compiled validators.
import { type Contract, type OperationEntry, operationsOf } from '../../../openapi/model/contract.ts';
import type { RouteEntry } from '../../../openapi/model/operation-tables.ts';
import {
  createValidators,
  type OperationValidators,
  type SharedResponses,
} from '../validators/operation-validators.ts';
import { validateExamples } from '../validators/validate-examples.ts';

export interface Operation {
  contract: Contract;
  entry: OperationEntry;
  route: RouteEntry;
  validators: OperationValidators;
}

/** Reads the operations of a contract. */
export class OperationReader {
  readonly #contract: Contract;
  readonly #sharedResponses: SharedResponses = new Map();

  constructor(contract: Contract) {
    this.#contract = contract;
  }

  /** Compiles an operation. Rejects when a schema is invalid or an example violates the contract. */
  async read(route: RouteEntry): Promise<Operation> {
    const contract = this.#contract;
    const entry = operationsOf(contract).find(({ operation }) => operation.operationId === route.operationId);
    if (!entry) throw new Error(`The contract has no operation ${route.operationId}.`);
    const validators = await createValidators(contract, entry, this.#sharedResponses);
    validateExamples(contract, entry, validators);
    return { contract, entry, route, validators };
  }
}
