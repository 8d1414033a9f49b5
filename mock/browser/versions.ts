// The versions that the mock serves, and the conversion of requests to the newest version and of responses back.
import { apiVersions, routes } from '../../generated/operations.ts';
import { requestValidators } from '../../generated/request-validators.ts';
import { olderRoutes } from '../../generated/version-tables.ts';
import { olderRequestValidators } from '../../generated/version-validators.ts';
import type { RouteEntry } from '../../openapi/model/operation-tables.ts';
import { serializeQuery, serializeText } from '../../openapi/model/serialize-parameters.ts';
import type { CompiledRequest, RequestValidators } from '../../openapi/model/validators/compiled-validators.ts';
import { convertRequest, convertResponse, filesOf } from '../../server/edge/conversions/convert-message.ts';
import { ApiError } from '../../server/edge/errors.ts';
import type { HandlerResponse } from '../../server/edge/options.ts';
import { explainRequest } from '../../server/edge/violations/explain-compiled.ts';
import { versionChanges } from '../../server/versions/index.ts';
import { findListProblem } from '../../server/versions/list-problem.ts';
import type { AnyRequest, VersionChange } from '../../server/versions/version-change.ts';
import { parseQuery, toRequest } from './read-request.ts';

/** A version, with the tables that find and validate its requests. */
export interface MockVersion {
  name: string;
  routes: readonly RouteEntry[];
  validators: RequestValidators;
  /** The changes from this version to the newest, oldest first; empty for the newest. */
  changes: readonly VersionChange[];
}

const allChanges: readonly VersionChange[] = versionChanges;
const olderNames = Object.keys(olderRoutes);

/** @throws Error when the version modules do not match the live versions */
export function checkVersions(): void {
  const problem = findListProblem([...olderNames, apiVersions.at(-1) ?? ''], allChanges);
  if (problem !== undefined) throw new Error(problem);
}

/** Returns the version with this name, which must be live. */
export function versionNamed(name: string): MockVersion {
  const index = olderNames.indexOf(name);
  if (index === -1) return { name, routes, validators: requestValidators, changes: [] };
  return {
    name,
    routes: olderRoutes[name] ?? [],
    validators: olderRequestValidators[name] ?? {},
    changes: allChanges.slice(index),
  };
}

/**
 * Calls a handler of the newest version with a request of this version, and converts its response unless the response
 * already has this version. An `ApiError` that the handler throws becomes its response.
 *
 * @throws ApiError InternalError when a conversion fails, or produces something that the newest version does not allow.
 *   The reason is written to the console.
 */
export async function callConverted(
  { name, changes }: MockVersion,
  operationId: string,
  request: AnyRequest,
  handle: (request: AnyRequest) => Promise<HandlerResponse>,
): Promise<HandlerResponse> {
  if (changes.length === 0) return handle(request);
  const upgraded = guard(() => validateUpgraded(operationId, convertRequest(changes, operationId, request), changes));
  const response: HandlerResponse = await handle(upgraded).catch((error: unknown) => {
    if (error instanceof ApiError && error.status < 500) return error;
    throw error;
  });
  if (response.version === name) return response;
  return guard(() => convertResponse(changes, operationId, response));
}

/** Validates an upgraded request against the newest version. Throws when the conversion produced an invalid request. */
function validateUpgraded(
  operationId: string,
  { path, query, headers, body }: AnyRequest,
  changes: readonly VersionChange[],
): AnyRequest {
  const route = routes.find((each) => each.operationId === operationId);
  const compiled: CompiledRequest | undefined = Object.entries(requestValidators).find(
    ([id]) => id === operationId,
  )?.[1];
  if (!route || !compiled) throw new Error(`The newest version has no operation ${operationId}.`);
  const texts = (values: Record<string, unknown>) =>
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, serializeText(value)] as const],
    );
  const parts = {
    path: Object.fromEntries(texts(path)),
    query: parseQuery(serializeQuery(query, route.parameters.commaSeparated), route),
    header: Object.fromEntries(texts(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body,
  };
  const { violations } = explainRequest(compiled, parts);
  if (violations.length === 0) return toRequest(route, compiled, parts);
  const reasons = violations.map(({ pointer, message }) => `${pointer} ${message}`).join(', ');
  throw new Error(`${filesOf(changes)}: ${operationId} gets an upgraded request that is invalid: ${reasons}`);
}

function guard<T>(convert: () => T): T {
  try {
    return convert();
  } catch (error) {
    console.error(error);
    throw new ApiError('InternalError', { cause: error });
  }
}
