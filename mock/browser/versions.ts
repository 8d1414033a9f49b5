// What the mock knows of each version, and the way of a request from its version to the newest and back.
import { routes } from '../../generated/operations.ts';
import { requestValidators } from '../../generated/request-validators.ts';
import { olderRoutes } from '../../generated/version-tables.ts';
import { olderRequestValidators } from '../../generated/version-validators.ts';
import type { RouteEntry } from '../../openapi/model/operation-tables.ts';
import type { RequestValidators } from '../../openapi/model/validators/compiled-validators.ts';
import { ApiError } from '../../server/edge/errors.ts';
import { convertRequest, convertResponse } from '../../server/edge/older/convert.ts';
import type { HandlerResponse } from '../../server/edge/options.ts';
import { versionChanges } from '../../server/versions/index.ts';
import type { AnyRequest, VersionChange } from '../../server/versions/version-change.ts';

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
 * @throws ApiError InternalError when a conversion fails. The console has the reason.
 */
export async function callConverted(
  { name, changes }: MockVersion,
  operationId: string,
  request: AnyRequest,
  handle: (request: AnyRequest) => Promise<HandlerResponse>,
): Promise<HandlerResponse> {
  if (changes.length === 0) return handle(request);
  const upgraded = guard(() => convertRequest(changes, operationId, request));
  const response: HandlerResponse = await handle(upgraded).catch((error: unknown) => {
    if (error instanceof ApiError && error.status < 500) return error;
    throw error;
  });
  if (response.version === name) return response;
  return guard(() => convertResponse(changes, operationId, response));
}

function guard<T>(convert: () => T): T {
  try {
    return convert();
  } catch (error) {
    console.error(error);
    throw new ApiError('InternalError', { cause: error });
  }
}
