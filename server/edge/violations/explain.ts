// Lists the violations of a request that the validator has rejected: the location of each, and what would be valid.
import {
  type Contract,
  type Operation,
  type OperationEntry,
  operationsOf,
  type Parameter,
  type RequestBody,
  resolve,
} from '../../../openapi/model/contract.ts';
import { viewOf } from '../../../openapi/model/validators/schema-view.ts';
import type { Violation } from '../errors.ts';
import type { RequestParts } from '../request-parts.ts';
import { onlyOperation } from '../validators/only-operation.ts';
import { createExplainBody } from './explain-body.ts';
import { addParameterErrors, toParametersSchema } from './parameter-errors.ts';
import { createCompiler } from './schemas.ts';
import { violationLimitOf } from './violation-limit.ts';
import { ViolationList } from './violation-list.ts';

export interface Explanation {
  /** The first violations, at most one for each location, up to the limit of the contract. */
  violations: Violation[];
  /** The total number of violations. */
  total: number;
}

export type Explain = (parts: RequestParts) => Explanation;

/** Compiles the explanation of one operation. */
export function createExplain(contract: Contract, entry: OperationEntry): Explain {
  const limit = violationLimitOf(contract, entry);
  const view = viewOf(contract, onlyOperation(contract, entry), 'request');
  const explainParameters = createExplainParameters(view, entry.parameters);
  const { requestBody } = operationIn(view, entry);
  const explainBody = requestBody && createExplainBody(view, resolve<RequestBody>(view, requestBody));
  return ({ body, ...parameters }) => {
    const list = new ViolationList(limit);
    explainParameters(parameters, list);
    explainBody?.(body, list);
    return list;
  };
}

function operationIn(view: Contract, { path, method, operation }: OperationEntry): Operation {
  const same = operationsOf(view).find((each) => each.path === path && each.method === method);
  return same?.operation ?? operation;
}

/** Adds the violations of path, query and headers, at most one for each location. */
type ExplainParameters = (parameters: Omit<RequestParts, 'body'>, list: ViolationList) => void;

function createExplainParameters(contract: Contract, parameters: Parameter[]): ExplainParameters {
  // Parameters arrive as text, so "5" is valid where the contract declares a number.
  const compile = createCompiler(contract, { allErrors: true, verbose: true, coerceTypes: true });
  const validate = compile(toParametersSchema(parameters));
  const headerNames = parameters.filter((each) => each.in === 'header').map(({ name }) => name);
  return ({ path, query, header }, list) => {
    validate({ path: { ...path }, query: { ...query }, header: { ...header } });
    addParameterErrors(validate.errors ?? [], headerNames, list);
  };
}
