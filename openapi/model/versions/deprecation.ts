// The announced retirement of a version: what its contract says, and the headers of all its responses.

import type { Contract, Deprecation, Header } from '../contract.ts';
import { ContractError } from '../contract-error.ts';
import { escapeSegment } from '../json-pointer.ts';

/** A header and its value. */
interface HeaderLine {
  name: string;
  value: string;
  description: string;
}

const DAY_MS = 86_400_000;

/**
 * The headers that announce a retirement; empty for a version that is not deprecated.
 *
 * @throws ContractError when a date or the URL is invalid, or there is a key that has no meaning here
 */
export function deprecationHeaders({ 'x-deprecation': deprecation }: Contract): HeaderLine[] {
  if (deprecation === undefined) return [];
  rejectUnknown(deprecation);
  const { deprecatedAt, sunsetAt, link } = deprecation;
  const deprecated = parseDate(deprecatedAt, 'deprecatedAt');
  const sunset = sunsetAt === undefined ? undefined : parseDate(sunsetAt, 'sunsetAt');
  if (sunset && sunset < deprecated) reject('sunsetAt', 'a date that is not before `deprecatedAt`');
  if (link !== undefined && !/^https?:\/\/[!-;=?-~]+$/.test(link)) reject('link', 'an absolute URL');
  return [
    {
      name: 'Deprecation',
      value: `@${deprecated.getTime() / 1000}`,
      description:
        'Since when clients should use a newer version ([RFC 9745](https://www.rfc-editor.org/rfc/rfc9745)).',
    },
    ...(sunset
      ? [
          {
            name: 'Sunset',
            // The version is still served on the day of its sunset.
            value: new Date(sunset.getTime() + DAY_MS).toUTCString(),
            description:
              'When this version is removed, at the earliest ([RFC 8594](https://www.rfc-editor.org/rfc/rfc8594)).',
          },
        ]
      : []),
    ...(link === undefined
      ? []
      : [
          {
            name: 'Link',
            value: `<${link}>; rel="deprecation"; type="text/html"`,
            description: 'What to read before this version is removed.',
          },
        ]),
  ];
}

/** The declarations of these headers, by name. */
export function declareDeprecation(contract: Contract): Record<string, Header> {
  return Object.fromEntries(
    deprecationHeaders(contract).map(({ name, value, description }) => [
      name,
      { description, required: true, schema: { type: 'string', enum: [value] }, example: value },
    ]),
  );
}

const FIELDS = ['deprecatedAt', 'sunsetAt', 'link'];
const EXPECTED = '`deprecatedAt`, and optionally `sunsetAt` and `link`';

/** A misspelt `sunsetAt` would announce no sunset. */
function rejectUnknown(deprecation: unknown): void {
  if (typeof deprecation !== 'object' || deprecation === null || Array.isArray(deprecation))
    throw new ContractError(`\`x-deprecation\` must be a mapping. Write ${EXPECTED} below it, or remove it.`, {
      pointer: '/x-deprecation',
    });
  const unknown = Object.keys(deprecation).find((key) => !FIELDS.includes(key));
  if (unknown !== undefined)
    throw new ContractError(`\`x-deprecation\` has no \`${unknown}\`. Write ${EXPECTED}.`, {
      pointer: `/x-deprecation/${escapeSegment(unknown)}`,
    });
}

function parseDate(text: string, field: keyof Deprecation): Date {
  return isCalendarDate(text) ? new Date(text) : reject(field, 'a date such as "2026-01-31"');
}

/** Whether a text is a day of the calendar, as YYYY-MM-DD. */
export function isCalendarDate(text: string): boolean {
  const date = new Date(text);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime());
  // 31 February would be a day of March.
  return isDay && date.toISOString().startsWith(text);
}

function reject(field: keyof Deprecation, expected: string): never {
  throw new ContractError(`Write \`${field}\` as ${expected}.`, { pointer: `/x-deprecation/${field}` });
}
