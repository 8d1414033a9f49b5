// `Retry-After`: seconds, or a date in one of the three formats of RFC 9110, section 5.6.7.

/** `Sun, 06 Nov 1994 08:49:37 GMT` and `Sunday, 06-Nov-94 08:49:37 GMT` */
const WITH_ZONE = /^\w+, ([ \d]\d)[ -]([A-Z][a-z]+)[ -](\d\d|\d{4}) (\S+) GMT$/;
/** `Sun Nov  6 08:49:37 1994` */
const ASCTIME = /^(\w+) (\w+) (..) (\S+) (\d{4})$/;

/** The delay that a response asks for in milliseconds, measured from its own `Date`; undefined without a valid one. */
export function retryAfterMs(headers: Headers): number | undefined {
  const value = headers.get('Retry-After') ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const now = parseHttpDate(headers.get('Date') ?? '', Date.now()) || Date.now();
  const date = parseHttpDate(value, now);
  return date ? Math.max(0, date - now) : undefined;
}

/** Milliseconds since 1970-01-01 UTC; NaN for other text. */
function parseHttpDate(value: string, nowMs: number): number {
  const [, day, month, year = '', time = ''] = WITH_ZONE.exec(value.replace(ASCTIME, '$1, $3 $2 $5 $4 GMT')) ?? [];
  // A year that seems to be more than 50 years in the future is one in the past.
  const full = year.length === 2 ? nearestYear(Number(year), new Date(nowMs).getUTCFullYear()) : year;
  // `Date` knows no leap seconds.
  return Date.parse(`${day} ${month} ${full} ${time.replace(/60$/, '59')} GMT`);
}

/** The year with these last two digits that is at most 50 years from now. */
function nearestYear(lastDigits: number, now: number): number {
  return lastDigits + Math.ceil((now - 50 - lastDigits) / 100) * 100;
}
