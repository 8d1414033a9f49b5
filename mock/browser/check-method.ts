// The methods that the mock server knows. Others never reach its app: they are none of HTTP, or in lower case.
import { ApiError } from '../../server/edge/errors.ts';
import { UNKNOWN_METHOD } from '../../server/http/unknown-method.ts';

/** Those of Node's parser. */
const METHODS =
  'ACL,BIND,CHECKOUT,CONNECT,COPY,DELETE,GET,HEAD,LINK,LOCK,M-SEARCH,MERGE,MKACTIVITY,MKCALENDAR,MKCOL,MOVE,NOTIFY,' +
  'OPTIONS,PATCH,POST,PROPFIND,PROPPATCH,PURGE,PUT,QUERY,REBIND,REPORT,SEARCH,SOURCE,SUBSCRIBE,TRACE,UNBIND,UNLINK,' +
  'UNLOCK,UNSUBSCRIBE';

/** The error of a request with an unknown method, which the mock server does not record; undefined for a known one. */
export function findMethodError(method: string): ApiError | undefined {
  if (METHODS.split(',').includes(method)) return undefined;
  return new ApiError('InvalidRequest', { message: UNKNOWN_METHOD });
}
