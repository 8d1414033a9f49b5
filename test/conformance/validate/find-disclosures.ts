// Finds details that no response may disclose.
import type { Subject } from '../cases/case.ts';
import { placeOf } from '../cases/demands.ts';
import type { RequestBuilder } from '../cases/request-builder.ts';
import type { HttpResponse, Violation } from './validate-response.ts';

/** SQL statements. A name in a response may look like one, but an error message may not. */
const SQL = /\bSELECT\b.+\bFROM\b|\bINSERT INTO\b|\bUPDATE\b.+\bSET\b|\bDELETE FROM\b/;

/** Stack traces, file positions and database codes. */
const INTERNALS = /\bat \S+ \(?\S+:\d+:\d+\)?|node_modules|Traceback|SQLITE_|SQLSTATE|\.(java|py|go|rb|ts|js):\d+/;

export function findDisclosures(
  { secret }: Subject,
  { authorization }: RequestBuilder,
  { status, text, headers }: HttpResponse,
): Violation[] {
  const all = `${text}\n${Object.values(headers).join('\n')}`;
  const disclosures = [
    ...(INTERNALS.test(all) || (status >= 400 && SQL.test(text)) ? ['discloses internals of the service'] : []),
    // A short secret may be an ordinary word.
    ...(all.includes(authorization.slice('Basic '.length)) || (secret.length > 12 && all.includes(secret))
      ? ['discloses the credentials']
      : []),
  ];
  return disclosures.map((what) => ({
    rule: 'disclosure',
    message: `The response ${what}.`,
    ...placeOf('no internals'),
  }));
}
