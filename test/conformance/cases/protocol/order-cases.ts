// Cases for the order of checks: for each pair of errors, the first check decides the response.
import { randomUUID } from 'node:crypto';
import { ACCEPTED, type Case, type ErrorKind, rejected } from '../case.ts';
import { combineErrors } from '../combine-errors.ts';
import { orderOfChecks } from '../error-types.ts';
import { IDEMPOTENCY_KEY, makeCase, type RequestBuilder } from '../request-builder.ts';

export function deriveOrder(builder: RequestBuilder): Case[] {
  const kinds = orderOfChecks(builder.contract);
  return kinds.flatMap((first, index) =>
    kinds.slice(index + 1).flatMap((second) => derivePair(builder, first, second)),
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
        '/x-order-of-checks',
        `${first} before ${second}`,
        { ...parts, parameters: { ...parts.parameters, ...reused } },
        rejected(first),
        'order',
      ),
      ...(isReused && {
        before: [{ ...builder.build({ parameters: reused }), expected: ACCEPTED, value: builder.body?.plain }],
      }),
    },
  ];
}
