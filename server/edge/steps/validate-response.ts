// Validates the response of a handler. The types prevent most violations, but handlers may be JavaScript.
import type { RouteEntry } from '../../../openapi/model/operation-tables.ts';
import { serializeText } from '../../../openapi/model/serialize-parameters.ts';
import type { Step } from '../exchange/exchange.ts';
import { sampleOf } from '../prepared-response.ts';
import type { OperationValidators } from '../validators/operation-validators.ts';

// An import of node:http would load all of `fetch`, which delays the start by 50 ms.
const { validateHeaderValue } = process.getBuiltinModule('node:http');

/** Creates the step, which throws when the response is not what the contract declares for its status. */
export function validateResponse(route: RouteEntry, validators: OperationValidators): Step {
  const declaredHeaders = new Map<string, Record<string, boolean>>(Object.entries(route.responses));
  return ({ result }) => {
    const { status, headers = {} } = result;
    const fail = (reason: string, cause?: unknown): never => {
      throw new Error(`The ${status} response of ${route.operationId} breaks the contract: ${reason}`, { cause });
    };
    try {
      validators.validateResponse(status, sampleOf(result));
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error), error);
    }
    const declared = declaredHeaders.get(String(status)) ?? {};
    for (const name in headers) {
      if (headers[name] === undefined) continue;
      if (!Object.hasOwn(declared, name)) fail(`the header ${name} is not declared.`);
      validateHeaderValue(name, serializeText(headers[name]));
    }
    for (const name in declared)
      if (declared[name] && headers[name] === undefined) fail(`the header ${name} is missing.`);
  };
}
