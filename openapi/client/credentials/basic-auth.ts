// HTTP Basic credentials (RFC 7617).

/** The value of an `Authorization` header, in UTF-8. @throws TypeError when the credentials cannot be sent */
export function encodeBasicAuth({ clientId, clientSecret }: { clientId?: unknown; clientSecret?: unknown }): string {
  if (typeof clientId !== 'string' || typeof clientSecret !== 'string' || !clientId || !clientSecret)
    throw new TypeError('The `clientId` and `clientSecret` options must be non-empty strings.');
  // RFC 7617, section 2: the first colon ends the user name.
  if (clientId.includes(':')) throw new TypeError('The `clientId` option must not contain a colon.');
  const pair = `${clientId}:${clientSecret}`;
  // One half of a surrogate pair has no UTF-8.
  if (/[\p{Cc}\p{Cs}]/u.test(pair))
    throw new TypeError('The `clientId` and `clientSecret` options must not contain control characters or surrogates.');
  // Without TextEncoder, which Jest's jsdom lacks: one character for each byte of UTF-8.
  const bytes = encodeURIComponent(pair).replace(/%(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return `Basic ${btoa(bytes)}`;
}
