// Which request somebody waits for.
import type { RecordedRequest } from './journal-entry.ts';

/** Whether a request is the one that somebody waits for. Not async: a promise would match every request. */
export type RequestPredicate = (request: RecordedRequest) => boolean;

const ASYNC = 'The predicate must not be async: it must return true or false.';
const FUNCTIONS_WITHOUT_RESULT = ['AsyncFunction', 'AsyncGeneratorFunction', 'GeneratorFunction'];

/** @throws TypeError now for an async function, or when the predicate returns a promise */
export function refuseAsync(predicate: RequestPredicate): RequestPredicate {
  const type: unknown = Reflect.get(predicate, Symbol.toStringTag);
  if (FUNCTIONS_WITHOUT_RESULT.some((each) => each === type)) throw new TypeError(ASYNC);
  return (request) => {
    const result: unknown = predicate(request);
    if (typeof Object(result).then !== 'function') return Boolean(result);
    // It has no other listener.
    Promise.resolve(result).catch(() => {});
    throw new TypeError(ASYNC);
  };
}
