// Credentials for HTTP Basic, by RFC 7617.

/** The value of an `Authorization` header, in UTF-8. @throws TypeError when the credentials cannot be sent */
export function encodeBasic(clientId: string, clientSecret: string): string {
  if (!clientId || !clientSecret) throw new TypeError('createClient needs a clientId and a clientSecret.');
  // The first colon ends the user name, so it cannot have one.
  if (clientId.includes(':')) throw new TypeError('clientId must not contain a colon.');
  if (/\p{Cc}/u.test(clientId + clientSecret))
    throw new TypeError(
      'clientId and clientSecret must not contain control characters, such as a line break at the end.',
    );
  const bytes = new TextEncoder().encode(`${clientId}:${clientSecret}`);
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`;
}
