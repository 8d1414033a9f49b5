// Finds where the contract declares an error type, and the message of its example.
import { type Contract, responsesOf } from '../../../openapi/model/contract.ts';
import { ERROR_TYPES, type ErrorKind } from './case.ts';
import type { RequestBuilder } from './request-builder.ts';
import { readPointer } from './schema.ts';

/** The status whose response declares an error type, and its pointer. */
export interface DeclaredErrorType {
  status: number;
  pointer: string;
}

/** Every error type that is declared for the operation, or for requests that reach no operation. */
export function errorTypesOf(contract: Contract, builder: RequestBuilder): Map<string, DeclaredErrorType> {
  const own = responsesOf(contract, builder.entry.operation).map((each) => ({
    ...each,
    base: `${builder.pointer}/responses`,
  }));
  const fallbacks = Object.entries(contract['x-fallback-responses'] ?? {}).map(([status, response]) => ({
    status: Number(status),
    response,
    base: '/x-fallback-responses',
  }));
  return new Map(
    [...own, ...fallbacks]
      .filter(({ status }) => status >= 400)
      .flatMap(({ status, response, base }) =>
        Object.values(response.content ?? {}).flatMap(({ examples = {} }) =>
          // The generator checks that every error example is named after its type.
          Object.keys(examples).map((type): [string, DeclaredErrorType] => [
            type,
            { status, pointer: `${base}/${status}` },
          ]),
        ),
      ),
  );
}

/** The pointer of the response of an operation that declares an error type, with the message of its example. */
export function findType(
  { contract, entry, pointer }: RequestBuilder,
  type: string,
): { pointer: string; message: string } | undefined {
  for (const { status, response } of responsesOf(contract, entry.operation)) {
    for (const { examples = {} } of Object.values(response.content ?? {})) {
      if (type in examples) {
        const value = examples[type]?.value as { error?: { message?: string } } | undefined; // The generator checks it.
        return { pointer: `${pointer}/responses/${status}`, message: value?.error?.message ?? '' };
      }
    }
  }
  return undefined;
}

/** The client errors in the order of checks, which is `x-order-of-checks`, or else the order of the table. */
export function orderOfChecks(contract: Contract): ErrorKind[] {
  const kinds = Object.keys(ERROR_TYPES) as ErrorKind[]; // These are the keys of the table.
  const order = contract['x-order-of-checks'] ?? kinds;
  return order.flatMap((name) => kinds.filter((kind) => kind === name));
}

/** The maximum size of a body in bytes. `x-limits` has it, or else the message of the error example. */
export function sizeLimitOf(builder: RequestBuilder): number | undefined {
  const [, stated = ''] = /\(([\d,]+) bytes\)/.exec(findType(builder, ERROR_TYPES.size)?.message ?? '') ?? [];
  const bytes = builder.contract['x-limits']?.requestBodyBytes?.value ?? Number(stated.replaceAll(',', ''));
  return builder.body && bytes > 0 ? bytes : undefined;
}

/** How many violations an `InvalidRequest` lists at most, as `x-limits` has it. */
export function listedViolationsOf(contract: Contract): number | undefined {
  const limit = contract['x-limits']?.listedViolations;
  return limit?.value ?? (limit?.at === undefined ? undefined : Number(readPointer(contract, limit.at.slice(1))));
}

/** Pads the text with trailing white space to this many bytes. */
export function padTo(text: string, bytes: number): string {
  return text + ' '.repeat(bytes - Buffer.byteLength(text));
}
