// The error of a request that violates the contract.
import { ApiError, type Violation } from '../errors.ts';

/** `details` are the first of `total` violations. */
export function createInvalidRequest(details: Violation[], total: number, cause?: unknown): ApiError {
  const count = Math.max(total, details.length);
  const places = count === 1 ? '1 place' : `${count.toLocaleString('en')} places`;
  const where = details.length < count ? `the first ${details.length} are in` : 'see';
  return new ApiError('InvalidRequest', {
    message: `The request breaks the contract in ${places}; ${where} details.`,
    details,
    cause,
  });
}
