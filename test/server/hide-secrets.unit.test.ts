// What a client sends in the wrong place, in the log.
import { describe, expect, it } from 'vitest';
import { createApiKey } from '../../server/auth/api-keys.ts';
import { describeTarget } from '../../server/http/request-line.ts';
import { hideSecrets } from '../../server/text/hide-secrets.ts';

const { clientId, secret } = createApiKey('account', undefined);

describe('hideSecrets', () => {
  it('hides a generated secret wherever it stands', () => {
    expect(hideSecrets(`/api/x/${secret}/y`)).toBe('/api/x/(not logged: may be a secret)/y');
    expect(describeTarget(`/x/${secret}`)).not.toContain(secret.slice(0, 20));
  });

  it.each([clientId, '/api/customer-organizations', '/api/x/019ab1c0-5d2e-7c4a-8f31-6be0a9d47e52'])(
    'keeps %s',
    (text) => {
      expect(hideSecrets(text)).toBe(text);
    },
  );
});
