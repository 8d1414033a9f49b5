// Makes the contract with another operation instead of its own.
import { contract } from '../../../generated/contract.ts';
import type { Contract, Parameter, Schema } from '../../../openapi/model/contract.ts';
import { entryIn } from './operation.ts';

/** The contract with one other operation, which has this body and these parameters. */
export function extendContract(body: Schema | undefined, parameters: Parameter[] = [], required = true): Contract {
  const extended = structuredClone(contract);
  const { responses } = entryIn(extended).operation;
  extended.paths = {
    '/things': {
      put: {
        operationId: 'putThing',
        summary: 'Put a thing',
        parameters,
        ...(body && { requestBody: { required, content: { 'application/json': { schema: body } } } }),
        responses,
      },
    },
  };
  return extended;
}
