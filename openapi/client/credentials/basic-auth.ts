// HTTP Basic credentials (RFC 7617).

/** The value of an `Authorization` header, in UTF-8. @throws TypeError when the credentials cannot be sent */
export function encodeBasicAuth({ clientId, clientSecret }: { clientId?: unknown; clientSecret?: unknown }): string {
  if (!isSendable(clientId) || !isSendable(clientSecret))
    throw new TypeError(
      'The `clientId` and `clientSecret` options must be non-empty strings without control characters or surrogates.',
    );
  // RFC 7617, section 2: the first colon ends the user name.
  if (clientId.includes(':')) throw new TypeError('The `clientId` option must not contain a colon.');
  // One character for each byte of UTF-8. `TextEncoder` would do this, but Jest's jsdom lacks it.
  const bytes = encodeURIComponent(`${clientId}:${clientSecret}`).replace(/%(..)/g, (_, hex) =>
    String.fromCharCode(Number(`0x${hex}`)),
  );
  return `Basic ${btoa(bytes)}`;
}

/** A lone surrogate has no encoding in UTF-8. */
function isSendable(part: unknown): part is string {
  return typeof part === 'string' && /^[^\p{Cc}\p{Cs}]+$/u.test(part);
}
