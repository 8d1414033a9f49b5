// The clients of credentials that were right.
import { expect, it } from 'vitest';
import { clientWith, rememberCredentials } from '../../../server/edge/exchange/known-credentials.ts';

it('knows the client of a header that was authenticated, and of no other', () => {
  rememberCredentials('Basic a2V5OnNlY3JldA==', 'key');

  expect([clientWith('Basic a2V5OnNlY3JldA=='), clientWith('Basic a2V5Ondyb25n'), clientWith('')]).toEqual([
    'key',
    undefined,
    undefined,
  ]);
});
