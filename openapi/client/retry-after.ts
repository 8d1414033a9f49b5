// `Retry-After`: seconds, or a date in one of the three formats of RFC 9110, section 5.6.7.

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const TIME = '(\\d\\d):(\\d\\d):(\\d\\d)';
/** `Sun, 06 Nov 1994 08:49:37 GMT` */
const IMF_FIXDATE = new RegExp(`^[A-Z][a-z]{2}, (\\d\\d) ([A-Z][a-z]{2}) (\\d{4}) ${TIME} GMT$`);
/** `Sunday, 06-Nov-94 08:49:37 GMT` */
const RFC_850 = new RegExp(`^[A-Z][a-z]+day, (\\d\\d)-([A-Z][a-z]{2})-(\\d\\d) ${TIME} GMT$`);
/** `Sun Nov  6 08:49:37 1994` */
const ASCTIME = new RegExp(`^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \\d]\\d) ${TIME} (\\d{4})$`);

/** The delay that a response asks for in milliseconds, measured from its own `Date`; undefined without a valid one. */
export function retryAfterMs(headers: Headers): number | undefined {
  const value = headers.get('Retry-After')?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const now = parseHttpDate(headers.get('Date')?.trim() ?? '', Date.now()) ?? Date.now();
  const date = parseHttpDate(value, now);
  return date === undefined ? undefined : Math.max(0, date - now);
}

/** Milliseconds since 1970-01-01 UTC; undefined for other text. */
function parseHttpDate(value: string, nowMs: number): number | undefined {
  const asctime = ASCTIME.exec(value);
  if (asctime) {
    const [, month, day, hour, minute, second, year] = asctime;
    return toTime([year, month, day, hour, minute, second]);
  }
  const [, day, month, year = '', hour, minute, second] = IMF_FIXDATE.exec(value) ?? RFC_850.exec(value) ?? [];
  // A year that seems to be more than 50 years in the future is one in the past.
  const full = year.length === 2 ? nearestYear(Number(year), new Date(nowMs).getUTCFullYear()) : year;
  return toTime([full, month, day, hour, minute, second]);
}

/** The year with these last two digits that is at most 50 years from now. */
function nearestYear(lastDigits: number, now: number): number {
  return lastDigits + Math.ceil((now - 50 - lastDigits) / 100) * 100;
}

function toTime([year, month, ...rest]: readonly (string | number | undefined)[]): number | undefined {
  const [day = 0, hour = 0, minute = 0, second = 0] = rest.map(Number);
  const monthIndex = MONTHS.indexOf(String(month));
  const isValid = monthIndex >= 0 && day >= 1 && day <= 31 && hour < 24 && minute < 60 && second <= 60;
  return isValid ? Date.UTC(Number(year), monthIndex, day, hour, minute, second) : undefined;
}
