// Cases for the order of checks: each pair of errors, of which the first one decides the response.
import { randomUUID } from 'node:crypto';
import { ACCEPTED, type Case, type ErrorKind, refused } from './case.ts';
import { combineErrors, ERROR_KINDS } from './combine-errors.ts';
import { IDEMPOTENCY_KEY, makeCase, type RequestBuilder } from './request-builder.ts';

export function deriveOrder(builder: RequestBuilder): Case[] {
  return ERROR_KINDS.flatMap((first, index) =>
    ERROR_KINDS.slice(index + 1).flatMap((second) => derivePair(builder, first, second)),
  );
}

function derivePair(builder: RequestBuilder, first: ErrorKind, second: ErrorKind): Case[] {
  const parts = combineErrors(builder, [first, second]);
  if (!parts) return [];
  const key = builder.parameters.find(({ parameter }) => parameter.name.toLowerCase() === IDEMPOTENCY_KEY);
  const isReused = first === 'idempotency' || second === 'idempotency';
  const reused = key && isReused ? { [key.parameter.name]: randomUUID() } : {};
  return [
    {
      ...makeCase(
        builder,
        'order',
        '/info/description',
        `${first} before ${second}`,
        { ...parts, parameters: { ...parts.parameters, ...reused } },
        refused(first),
        'order',
      ),
      ...(isReused && {
        before: [{ ...builder.build({ parameters: reused }), expected: ACCEPTED, value: builder.body?.plain }],
      }),
    },
  ];
}
