// HTTP Basic credentials (RFC 7617).

/** The value of an `Authorization` header, in UTF-8. @throws TypeError when the credentials cannot be sent */
export function encodeBasicAuth(clientId: unknown, clientSecret: unknown): string {
  if (typeof clientId !== 'string' || typeof clientSecret !== 'string' || !clientId || !clientSecret)
    throw new TypeError('The `clientId` and `clientSecret` options are required, as strings.');
  // RFC 7617, section 2: the first colon ends the user name.
  if (clientId.includes(':')) throw new TypeError('The `clientId` option must not contain a colon.');
  if (/\p{Cc}/u.test(clientId + clientSecret))
    throw new TypeError('The `clientId` and `clientSecret` options must not contain control characters.');
  // Without TextEncoder, which Jest's jsdom lacks: one character for each byte of UTF-8.
  const bytes = encodeURIComponent(`${clientId}:${clientSecret}`.toWellFormed()).replace(/%(..)/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return `Basic ${btoa(bytes)}`;
}
