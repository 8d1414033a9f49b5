// Cases for the version that a request asks for: dates around each version, and the example of the contract.

import { type Case, ERROR_TYPES, rejected } from '../case.ts';
import { findType } from '../error-types.ts';
import { makeCase, type RequestBuilder } from '../request-builder.ts';
import { LIVE_VERSIONS, VERSION } from '../schema.ts';

const DAY_MS = 86_400_000;

export function deriveVersions(builder: RequestBuilder): Case[] {
  const { reader } = builder;
  const found = findType(builder, ERROR_TYPES.version);
  if (!found) return [];
  return builder.parameters
    .filter(({ parameter, schema }) => parameter.in === 'header' && schema.references.includes(VERSION))
    .flatMap(({ parameter: { name }, schema }) => {
      const known = [schema.schema.enum ?? []].flat().map(String);
      // The message of the contract's example may name the versions.
      const live = [schema.schema[LIVE_VERSIONS] ?? []].flat();
      const omitted = { [name.toLowerCase()]: undefined };
      const wrong = [...known.flatMap(datesAround), ...datesIn(found.message), '1970-01-01', '2999-12-31', 'latest'];
      return [...new Set(wrong)]
        .filter((value) => reader.violationsIn(schema, value).length > 0 && !live.includes(value))
        .map((value, index) => {
          // Most clients send the names of headers in title case, as the contract has them.
          const parts =
            index % 2 === 0 ? { parameters: { [name]: value } } : { headers: { ...omitted, [name]: value } };
          return makeCase(
            builder,
            'versions',
            found.pointer,
            `${name}: ${value}`,
            parts,
            rejected('version'),
            'versions',
          );
        });
    });
}

/** Dates a day or a year earlier or later, and the same day in other notations. */
function datesAround(version: string): string[] {
  const date = new Date(`${version}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return [];
  const days = [-366, -1, 1, 366].map((count) => new Date(date.getTime() + count * DAY_MS).toISOString().slice(0, 10));
  const notations = [`${version}T00:00:00Z`, version.replaceAll('-', ''), version.replaceAll('-0', '-'), `v${version}`];
  const [year, month, day] = version.split('-');
  notations.push(version.replaceAll('-', '/'), `${version}, x`, `${version}, ${version}`, `"${version}"`);
  notations.push(`${year}-${month}`, `${day}-${month}-${year}`);
  return [...days, ...notations];
}

function datesIn(text: string): string[] {
  return text.match(/\d{4}-\d{2}-\d{2}/g) ?? [];
}
