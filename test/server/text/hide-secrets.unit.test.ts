// Secrets that a client sends in the wrong place, in the log.
import { describe, expect, it } from 'vitest';
import { describeTarget } from '../../../server/text/describe-client.ts';
import { hasSecret, hideSecrets } from '../../../server/text/hide-secrets.ts';
import { createApiKey } from '../../support/api-key.ts';

const { clientId, secret } = createApiKey('account');
const HIDDEN = '(not logged: may be a secret)';
const UUID = '019ab1c0-5d2e-7c4a-8f31-6be0a9d47e52';

const percentEncode = (text: string) =>
  [...text].map((each) => `%${each.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');

/** Base64 texts of 32 bytes with many slashes. */
const SLASHES = Buffer.from('ffffff'.repeat(4).padEnd(64, '7e'), 'hex');

const ENCODED: [string, string][] = [
  ['the value of Authorization', Buffer.from(`${clientId}:${secret}`).toString('base64')],
  ['the value of Authorization in base64url', Buffer.from(`${clientId}:${secret}`).toString('base64url')],
  ['a value of Authorization with its scheme', `Basic%20${Buffer.from(`key:${secret}`).toString('base64')}`],
  ['credentials', `${clientId}:${secret}`],
  ['a secret in base64', Buffer.from(secret).toString('base64')],
  ['a secret in hex', Buffer.from(secret).toString('hex')],
  ['the bytes of a secret in base64', SLASHES.toString('base64')],
  ['a percent-encoded secret', percentEncode(secret)],
  [
    'a secret with one percent-encoded character',
    secret.slice(0, 20) + percentEncode(secret.slice(20, 21)) + secret.slice(21),
  ],
  ['a secret that is percent-encoded twice', percentEncode(percentEncode(secret))],
  [
    'a secret that is percent-encoded nine times',
    Array.from({ length: 9 }).reduce<string>((text) => text.replaceAll('%', '%25'), percentEncode(secret)),
  ],
  ['a percent-encoded secret behind a malformed encoding', `%zz%${percentEncode(secret)}`],
  ['percent-encoded base64', percentEncode(Buffer.from(`${clientId}:${secret}`).toString('base64'))],
  ['percent-encoded slashes of base64', encodeURIComponent(SLASHES.toString('base64'))],
  ['a secret with a name', `secret=${secret}`],
  ['a secret behind a UUID', `${UUID}-${secret}`],
];

describe('hideSecrets', () => {
  it('hides a generated secret at any place', () => {
    expect(hideSecrets(`/api/x/${secret}/y`)).toBe(`/api/x/${HIDDEN}/y`);
    expect(describeTarget(`/x/${secret}`)).toBe(`/x/${HIDDEN}`);
  });

  it.each(ENCODED)('hides %s', (_, text) => {
    for (const hide of [hideSecrets, describeTarget]) {
      expect(hide(`/x/${text}`)).toContain(HIDDEN);
      expect(hide(`/x/${text}`)).not.toContain(text.slice(-20));
      expect(hide(`/x/${text}/y`)).toMatch(/\/y$/);
    }
    expect(hasSecret(text)).toBe(true);
  });

  it('hides a secret where a long path is truncated', () => {
    const padding = '/x'.repeat(90);
    expect(describeTarget(`${padding}/${secret}`)).not.toContain(secret.slice(0, 10));
  });

  it.each([
    clientId,
    '/api/customer-organizations',
    `/api/x/${UUID}`,
    `/api/x/org_${UUID}`,
    `/api/${UUID}/customers/${UUID}/x=`,
    '/api/customer-organization-membership-invitations/x',
    `/api/${'caf%C3%A9/'.repeat(20)}`,
    '/100%/%zz/%25252525252525252525252525',
    `/${'ab1/'.repeat(100)}`,
  ])('keeps %s', (text) => {
    expect(hideSecrets(text)).toBe(text);
  });
});

describe('hasSecret', () => {
  it.each(['AIzaSyD-9tSrke72PouQMn', percentEncode('AIzaSyD-9tSrke72PouQMn'), UUID])('finds one in %s', (text) => {
    expect(hasSecret(text)).toBe(true);
  });

  it.each([clientId, 'billing', 'our%20billing, production (new)', '100%'])('finds none in %s', (text) => {
    expect(hasSecret(text)).toBe(false);
  });
});
