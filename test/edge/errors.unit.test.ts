// The errors of the API, as objects.
import { expect, it } from 'vitest';
import { ApiError } from '../../server/edge/errors.ts';

it.each([
  ['Unauthorized', 401, false],
  ['InvalidRequest', 400, false],
  ['Unavailable', 503, true],
  ['InternalError', 500, true],
] as const)('creates %s with status %i, and with a stack only if the server is at fault', (type, status, hasStack) => {
  const error = new ApiError(type);

  expect(error.status).toBe(status);
  expect(error.stack?.includes('errors.unit.test.ts')).toBe(hasStack);
});

it('leaves the stacks of other errors as they are', () => {
  new ApiError('NotFound');

  expect(new Error('other').stack).toContain('errors.unit.test.ts');
});
