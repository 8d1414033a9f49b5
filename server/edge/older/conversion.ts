// Converts requests of an older version to the newest, step by step, and responses back.
import { parse as parseQuery } from 'node:querystring';
import type { RouteEntry } from '../../../openapi/model/operation-tables.ts';
import { parseLists, serializeQuery, serializeText } from '../../../openapi/model/serialize.ts';
import type { AnyRequest, AnyResponse, MovedPointers, Pointers, VersionChange } from '../../versions/version-change.ts';
import type { Step } from '../exchange.ts';
import type { Operation } from '../operation.ts';
import type { RequestParts } from '../request-parts.ts';
import { errorTypeOf, requestOf } from '../steps/call-handler.ts';
import { validateResponse } from '../steps/validate-response.ts';

/** One operation in two versions. */
export interface Conversion {
  version: string;
  older: Operation;
  newest: Operation;
  /** From the older version to the newest: each is the way from the version before. */
  changes: readonly VersionChange[];
}

const VERSION_HEADER = 'Sequence-Version';

/** Upgrades a valid request. Throws when a conversion fails, or makes what the newest version does not allow. */
export function upgradeRequest({ older: { route }, newest, changes }: Conversion): Step {
  const { operationId } = route;
  const convert = (request: AnyRequest, { version, operations }: VersionChange): AnyRequest => {
    const upgrade = operations[operationId]?.upgradeRequest;
    if (!upgrade) return request;
    return explain(() => upgrade(request), `${version}.ts: upgradeRequest of ${operationId} failed`);
  };
  return (exchange) => {
    const { headers, ...request } = requestOf(exchange, route);
    const { [VERSION_HEADER]: _, ...others } = headers;
    const parts = toParts(changes.reduce(convert, { ...request, headers: others }), newest.route);
    Object.assign(exchange.parts, parts);
    const error = newest.validators.validateRequest(parts);
    const isMissing = newest.route.body?.required === true && parts.body === undefined;
    if (!error && !isMissing) return;
    const reasons = error?.errors.map(({ path, message }) => `${path} ${message}`) ?? ['there is no body'];
    throw new Error(
      `${filesOf(changes)}: ${operationId} gets an upgraded request that is invalid: ${reasons.join(', ')}`,
      {
        cause: error,
      },
    );
  };
}

/** The parts of a request as if it had been sent, so that it is validated like one of the newest version. */
function toParts({ path, query, headers, body }: AnyRequest, route: RouteEntry): RequestParts {
  const [mediaType] = route.body?.mediaTypes ?? [];
  const text = serializeQuery(query, route.parameters.commaSeparated);
  const named = Object.entries(headers).filter(([, value]) => value !== undefined);
  return {
    path: Object.fromEntries(Object.entries(path).map(([name, value]) => [name, serializeText(value)])),
    query: { ...parseQuery(text, '&', '=', { maxKeys: 0 }), ...parseLists(text, route.parameters).values },
    header: {
      ...(mediaType !== undefined && { 'content-type': mediaType }),
      ...Object.fromEntries(named.map(([name, value]) => [name.toLowerCase(), serializeText(value)])),
    },
    body,
  };
}

/** Downgrades a valid response. Throws when a conversion fails, or makes what the older version does not declare. */
export function downgradeResponse({ version, older: { route, validators }, changes }: Conversion): Step {
  const { operationId } = route;
  const newestFirst = changes.toReversed();
  const validate = validateResponse(route, validators);
  const convert = (newer: AnyResponse, change: VersionChange): AnyResponse => {
    const { pointers, downgradeResponse: downgrades } = change.operations[operationId] ?? {};
    const response = pointers ? movePointers(newer, pointers) : newer;
    const downgrade = downgrades?.[response.status];
    if (!downgrade) return response;
    const failure = `${change.version}.ts: downgradeResponse of ${operationId} failed for ${response.status}`;
    return explain(() => downgrade(response), failure);
  };
  return (exchange) => {
    // An error that was thrown is more than a response.
    const { status, headers, body } = exchange.result;
    exchange.result = newestFirst.reduce(convert, { status, headers, body });
    exchange.errorType = errorTypeOf(exchange.result);
    return explain(() => validate(exchange), `${filesOf(changes)}: the response is not one of ${version}`);
  };
}

/** What went wrong, with the module in front: only the log has it. */
function explain<T>(convert: () => T, failure: string): T {
  try {
    return convert();
  } catch (cause) {
    throw new Error(`${failure}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function filesOf(changes: readonly VersionChange[]): string {
  return changes.map(({ version }) => `${version}.ts`).join(', ');
}

/** A response whose `details` name the places of the older request. */
function movePointers(response: AnyResponse, pointers: Pointers): AnyResponse {
  const details = detailsIn(response.body);
  if (!details) return response;
  const moved = details.map((violation) => {
    const table = pointers[violation.in];
    return table ? { ...violation, pointer: movePointer(violation.pointer, table) } : violation;
  });
  const { error } = response.body as { error: object }; // `detailsIn` found it.
  return { ...response, body: { ...(response.body as object), error: { ...error, details: moved } } };
}

interface Violation {
  in: keyof Pointers;
  pointer: string;
}

/** The violations in the envelope of an error, if it has any. */
function detailsIn(body: unknown): Violation[] | undefined {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  const details = typeof error === 'object' && error !== null && 'details' in error ? error.details : undefined;
  // The response is valid, and the envelope is that of all contracts.
  return Array.isArray(details) ? details : undefined;
}

/** The longest entry that the pointer begins with decides. */
function movePointer(pointer: string, table: MovedPointers): string {
  const [from, to] = Object.entries(table)
    .filter(([each]) => pointer === each || pointer.startsWith(`${each}/`))
    .reduce((longest, each) => (each[0].length > longest[0].length ? each : longest), ['', '']);
  return to + pointer.slice(from.length);
}
