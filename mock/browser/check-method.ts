// The methods that the mock server accepts. Requests with other methods never reach its app.
import { ApiError } from '../../server/edge/errors.ts';
import { UNKNOWN_METHOD } from '../../server/http/rejections/unknown-method.ts';

/** The methods that Node's parser accepts. They are case-sensitive. */
const METHODS =
  'ACL,BIND,CHECKOUT,CONNECT,COPY,DELETE,GET,HEAD,LINK,LOCK,M-SEARCH,MERGE,MKACTIVITY,MKCALENDAR,MKCOL,MOVE,NOTIFY,' +
  'OPTIONS,PATCH,POST,PROPFIND,PROPPATCH,PURGE,PUT,QUERY,REBIND,REPORT,SEARCH,SOURCE,SUBSCRIBE,TRACE,UNBIND,UNLINK,' +
  'UNLOCK,UNSUBSCRIBE';

/** Returns the error for a request with an unknown method, which the mock server does not record. */
export function findMethodError(method: string): ApiError | undefined {
  if (METHODS.split(',').includes(method)) return undefined;
  return new ApiError('InvalidRequest', { message: UNKNOWN_METHOD });
}
