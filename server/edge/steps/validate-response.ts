// Validates what a handler returned. The types forbid most of what is found here; JavaScript does not.
import type { RouteEntry } from '../../../openapi/model/operation-tables.ts';
import { serializeText } from '../../../openapi/model/serialize-parameters.ts';
import type { Step } from '../exchange/exchange.ts';
import type { OperationValidators } from '../validators/operation-validators.ts';

// An import of node:http would load all of `fetch`, which takes 50 ms of the start.
const { validateHeaderValue } = process.getBuiltinModule('node:http');

/** Throws when the response is not what the contract declares for its status. */
export function validateResponse(route: RouteEntry, validators: OperationValidators): Step {
  const declaredHeaders = new Map<string, Record<string, boolean>>(Object.entries(route.responses));
  return ({ result: { status, headers = {}, body } }) => {
    const fail = (reason: string, cause?: unknown): never => {
      throw new Error(`The ${status} response of ${route.operationId} breaks the contract: ${reason}`, { cause });
    };
    try {
      validators.validateResponse(status, body);
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
