// The error of a request that violates the contract.
import { ApiError, type Violation } from '../errors.ts';

/** Creates the error. `details` are the first of `total` violations. */
export function createInvalidRequest(details: Violation[], total: number, cause?: unknown): ApiError {
  const count = Math.max(total, details.length);
  const number = count === 1 ? 'one violation' : `${count.toLocaleString('en')} violations`;
  const listed = details.length === 1 ? 'one is' : `${details.length} are`;
  const where = details.length < count ? `The first ${listed} in details.` : 'See details.';
  return new ApiError('InvalidRequest', {
    message: `The request has ${number}. ${where}`,
    details,
    cause,
  });
}
