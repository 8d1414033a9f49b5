// Passes requests and responses through the modules in server/versions/. Runs in browsers too.
import type { AnyRequest, AnyResponse, MovedPointers, Pointers, VersionChange } from '../../versions/version-change.ts';

/**
 * Converts a request of an older version to the newest.
 *
 * @param changes oldest first, each from the preceding version
 * @throws Error that names the module that threw
 */
export function convertRequest(
  changes: readonly VersionChange[],
  operationId: string,
  { headers, ...request }: AnyRequest,
): AnyRequest {
  const { [VERSION_HEADER]: _, ...others } = headers;
  const convert = (each: AnyRequest, { version, operations }: VersionChange): AnyRequest => {
    const upgrade = operations[operationId]?.upgradeRequest;
    if (!upgrade) return each;
    return explain(
      () => check(upgrade(each), problemOfRequest),
      `${version}.ts: upgradeRequest of ${operationId} failed`,
    );
  };
  return changes.reduce(convert, { ...copyJson(request), headers: others });
}

/**
 * Copies a value, so that a module that modifies its argument changes no example, journal or other response. Medians
 * for a response with 10,000 members: 0.5 ms by spread, 9 ms by `Object.fromEntries`, whose objects also take 3.7
 * instead of 1.4 ms to serialize.
 */
function copyJson<T>(value: T): T;
function copyJson(value: unknown): unknown {
  if (Array.isArray(value)) {
    const copy: unknown[] = value.slice();
    for (let index = 0; index < copy.length; index += 1) {
      const each = copy[index];
      if (typeof each === 'object') copy[index] = copyJson(each);
    }
    return copy;
  }
  if (!isPlain(value)) return value;
  const copy: Record<string, unknown> = { ...value };
  for (const name in copy) if (typeof copy[name] === 'object') copy[name] = copyJson(copy[name]);
  return copy;
}

/** Returns whether a value is a plain object. Others, such as dates, have their own serialization. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The header that selects the version, which conversions do not see. */
const VERSION_HEADER = 'Sequence-Version';

/**
 * Converts a response of the newest version to an older one.
 *
 * @param changes oldest first, as for the request
 * @throws Error that names the module that threw
 */
export function convertResponse(
  changes: readonly VersionChange[],
  operationId: string,
  { status, headers, body }: AnyResponse,
): AnyResponse {
  const convert = (newer: AnyResponse, change: VersionChange): AnyResponse => {
    const { pointers, downgradeResponse: downgrades } = change.operations[operationId] ?? {};
    const response = pointers ? movePointers(newer, pointers) : newer;
    const downgrade = downgrades?.[response.status];
    if (!downgrade) return response;
    const failure = `${change.version}.ts: downgradeResponse of ${operationId} failed for ${response.status}`;
    return explain(() => check(downgrade(response), problemOfResponse), failure);
  };
  // A thrown error has more properties than a response, so these three are picked.
  return changes.reduceRight(convert, { status, headers: { ...headers }, body: copyJson(body) });
}

/** Checks the result of a conversion, which may not match its type: a module may contain casts or be untyped. */
function check<T>(result: T, findProblem: (value: object) => string | undefined): T {
  if (result instanceof Promise) {
    // An unhandled rejection would end the process.
    result.catch(() => {});
    throw new Error('it returned a promise; conversions are synchronous');
  }
  // Bodies must not appear in the log, so the value is not shown.
  const problem = isObject(result) ? findProblem(result) : kindOf(result);
  if (problem === undefined) return result;
  throw new Error(`it returned ${problem}`);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function problemOfRequest(value: object): string | undefined {
  const parts: Partial<AnyRequest> = value;
  const wrong = (['path', 'query', 'headers'] as const).find((name) => !isObject(parts[name]));
  return wrong && `a request whose \`${wrong}\` is ${kindOf(parts[wrong])}`;
}

function problemOfResponse(value: object): string | undefined {
  const { status, body }: Partial<AnyResponse> = value;
  if (!Number.isInteger(status)) return `a response whose \`status\` is ${kindOf(status)}`;
  const unwritable = findUnwritable(body, new Set());
  return unwritable && `a response whose \`body\` has ${unwritable}`;
}

/** Finds a value that JSON cannot represent, or would change after validation. `around` are the enclosing values. */
function findUnwritable(value: unknown, around: Set<object>): string | undefined {
  if (typeof value === 'bigint') return 'a bigint';
  if (typeof value !== 'object' || value === null) return undefined;
  if (around.has(value)) return 'a cycle';
  if (value instanceof Date) return undefined;
  if ('toJSON' in value && typeof value.toJSON === 'function') return 'a `toJSON` function';
  around.add(value);
  for (const part of Object.values(value)) {
    const found = findUnwritable(part, around);
    if (found !== undefined) return found;
  }
  around.delete(value);
  return undefined;
}

/** Runs `convert`, and prefixes its error with `failure`. Only the log shows the message. */
export function explain<T>(convert: () => T, failure: string): T {
  try {
    return convert();
  } catch (cause) {
    throw new Error(`${failure}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

export function filesOf(changes: readonly VersionChange[]): string {
  return changes.map(({ version }) => `${version}.ts`).join(', ');
}

/** Returns the response with `details` that point into the older request. */
function movePointers(response: AnyResponse, pointers: Pointers): AnyResponse {
  const details = detailsIn(response.body);
  if (!details) return response;
  const moved = details.map((violation) => {
    const table = pointers[violation.in];
    return table ? { ...violation, pointer: movePointer(violation.pointer, table) } : violation;
  });
  const { error } = response.body as { error: object }; // `detailsIn` has checked it.
  return { ...response, body: { ...(response.body as object), error: { ...error, details: moved } } };
}

interface Violation {
  in: keyof Pointers;
  pointer: string;
}

/** Returns the violations in an error body, if it has any. */
function detailsIn(body: unknown): Violation[] | undefined {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  const details = typeof error === 'object' && error !== null && 'details' in error ? error.details : undefined;
  // The response is valid, and all contracts have the same envelope.
  return Array.isArray(details) ? details : undefined;
}

/**
 * Translates a pointer by the longest entry that equals or contains it; of two such entries, by the one with fewer `*`.
 */
export function movePointer(pointer: string, table: MovedPointers): string {
  const segments = pointer.split('/');
  const isWithin = (from: readonly string[]) =>
    from.every((each, index) => each === segments[index] || (each === '*' && /^\d+$/.test(segments[index] ?? '')));
  const [nearest] = Object.entries(table)
    .map(([from, to]) => ({ from: from.split('/'), to }))
    .filter(({ from }) => isWithin(from))
    .sort((one, other) => other.from.length - one.from.length || wildcards(one.from) - wildcards(other.from));
  if (!nearest) return pointer;
  const { from, to } = nearest;
  const indexes = segments.filter((_, index) => from[index] === '*');
  const moved = to.split('/').map((each) => (each === '*' ? (indexes.shift() ?? each) : each));
  return [...moved, ...segments.slice(from.length)].join('/');
}

const wildcards = (segments: readonly string[]) => segments.filter((each) => each === '*').length;
