// Error responses that the edge and the client could not use.

import { type Contract, operationsOf, responsesOf, type Schema } from '../contract.ts';
import { escapeSegment } from '../json-pointer.ts';
import { edgeErrorsOf } from './declare-errors.ts';

/** An error that an operation declares in a form that edge and client do not support. */
export interface ForeignError {
  /** JSON Pointer to the response. */
  pointer: string;
  status: number;
  /** The types with which the edge itself sends it. */
  types: string[];
}

/** Finds the error responses whose declared bodies do not allow those of the edge. */
export function findForeignErrors(
  contract: Contract,
  isValid: (schema: Schema, body: unknown) => boolean,
): ForeignError[] {
  return operationsOf(contract).flatMap((entry) => {
    const edgeErrors = edgeErrorsOf(contract, entry);
    return responsesOf(contract, entry.operation).flatMap(({ status, response }): ForeignError[] => {
      const [media] = Object.values(response.content ?? {});
      if (status < 400 || !media) return [];
      const types = (edgeErrors.get(status) ?? []).map(({ type }) => type);
      const isBroken = types.some((type) => !isValid(media.schema, { error: { type, message: 'Wrong.' } }));
      const path = escapeSegment(entry.path);
      return isBroken ? [{ pointer: `/paths/${path}/${entry.method}/responses/${status}`, status, types }] : [];
    });
  });
}
