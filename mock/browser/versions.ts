// What the mock knows of each version, and the way of a request from its version to the newest and back.
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

/** A version, as requests to it are found and validated. */
export interface MockVersion {
  name: string;
  routes: readonly RouteEntry[];
  validators: RequestValidators;
  /** From this version to the newest, oldest first; none for the newest. */
  changes: readonly VersionChange[];
}

const allChanges: readonly VersionChange[] = versionChanges;
const olderNames = Object.keys(olderRoutes);

/** @throws Error when the modules of the versions are not those that are live */
export function checkVersions(): void {
  const problem = findListProblem([...olderNames, apiVersions.at(-1) ?? ''], allChanges);
  if (problem !== undefined) throw new Error(problem);
}

/** The name must be that of a live version. */
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
 * Calls a handler of the newest version with a request of this one, and converts its response unless it is of this
 * version. An `ApiError` that it throws is its response.
 *
 * @throws ApiError InternalError when a conversion fails, or makes what the newest version does not allow. The console
 *   has the reason.
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

/** As if it had been sent to the newest version. Throws when a conversion makes what that does not allow. */
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
