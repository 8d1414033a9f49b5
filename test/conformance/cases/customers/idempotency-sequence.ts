// Makes cases of several requests with idempotency keys.
import { randomUUID } from 'node:crypto';
import { ACCEPTED, type Case, type Expected } from '../case.ts';
import type { DemandName } from '../demands.ts';
import {
  type LocatedBody,
  type LocatedParameter,
  makeCase,
  type Parts,
  type RequestBuilder,
} from '../request-builder.ts';

export const REPLAYED: Expected = { kind: 'accepted', replayed: true };

export interface Setup {
  parts: Parts;
  expected: Expected;
  key?: string;
}

/** Makes a case of setup requests and a request, which have one idempotency key unless they name another. */
type Sequence = (
  demand: DemandName,
  label: string,
  setup: Setup[],
  then: Parts,
  expected: Expected,
  key?: string,
) => Case;

export interface Context {
  builder: RequestBuilder;
  body: LocatedBody;
  sequence: Sequence;
}

export function createSequence(
  builder: RequestBuilder,
  { parameter, pointer }: LocatedParameter,
  conflict: string,
): Sequence {
  const { name } = parameter;
  return (demand, label, setup, then, expected, key = randomUUID()) => ({
    ...makeCase(
      builder,
      'idempotency',
      expected.kind === 'rejected' ? conflict : pointer,
      `idempotency key: ${label}`,
      { ...then, parameters: { ...then.parameters, [name]: key } },
      expected,
      demand,
    ),
    before: setup.map((each) => ({
      ...builder.build({ ...each.parts, parameters: { ...each.parts.parameters, [name]: each.key ?? key } }),
      expected: each.expected,
      value: each.parts.value ?? builder.body?.plain,
    })),
  });
}

/** The plain request, as a setup request. */
export function firstOf({ plain }: LocatedBody): Setup & { parts: { value: unknown } } {
  return { parts: { value: plain }, expected: ACCEPTED };
}
