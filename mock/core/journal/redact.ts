// Redacts secrets in recorded requests.

/** The names of headers and query parameters that contain secrets, or may. */
const SECRET = /auth|cookie|credential|jwt|key|passw|secret|session|signature|token/i;
/** An idempotency key is not a secret, and tests inspect it. */
const NO_SECRET = /idempotency-key$/i;
const REDACTED = '[redacted]';

function isSecret(name: string): boolean {
  return SECRET.test(name) && !NO_SECRET.test(name);
}

export function withoutSecrets(headers: Readonly<Record<string, string>>): Record<string, string> {
  const redact = (value: string) => `${/^(Basic|Bearer|Digest) /i.exec(value)?.[0] ?? ''}${REDACTED}`;
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isSecret(name) ? redact(value) : value]),
  );
}

/** Replaces the values of secret parameters, and leaves the others as they were sent. */
export function redactQuery(query: string): string {
  const pairs = query.split('&').map((pair) => {
    const [name = ''] = pair.split('=', 1);
    const [decoded = name] = new URLSearchParams(`&${name}`).keys();
    return pair.length > name.length && isSecret(decoded) ? `${name}=${REDACTED}` : pair;
  });
  return pairs.join('&');
}
