// The predicate that selects the request to wait for.
import type { RecordedRequest } from './journal-entry.ts';

/** Returns whether a request matches. It must not be async, because a promise would match every request. */
export type RequestPredicate = (request: RecordedRequest) => boolean;

const ASYNC = 'The predicate must not be async: it must return true or false.';
const FUNCTIONS_WITHOUT_RESULT = ['AsyncFunction', 'AsyncGeneratorFunction', 'GeneratorFunction'];

/** @throws TypeError at once for an async function, and later when the predicate returns a promise */
export function rejectAsync(predicate: RequestPredicate): RequestPredicate {
  const type: unknown = Reflect.get(predicate, Symbol.toStringTag);
  if (FUNCTIONS_WITHOUT_RESULT.some((each) => each === type)) throw new TypeError(ASYNC);
  return (request) => {
    const result: unknown = predicate(request);
    if (typeof Object(result).then !== 'function') return Boolean(result);
    // Nothing else handles its rejection.
    Promise.resolve(result).catch(() => {});
    throw new TypeError(ASYNC);
  };
}
