// Cases for resources with an unused ID.
import { randomUUID } from 'node:crypto';
import { ACCEPTED, type Case } from '../case.ts';
import { makeCase, type RequestBuilder } from '../request-builder.ts';

/** A request for a resource with an unused ID. Only the implementation knows whether it exists. */
export function deriveUnusedId(builder: RequestBuilder): Case[] {
  if (builder.subject.mock || !('404' in builder.entry.operation.responses)) return [];
  return builder.parameters
    .filter(({ parameter, schema }) => parameter.in === 'path' && schema.schema.format === 'uuid')
    .map(({ parameter: { name }, pointer }) => {
      const parts = { parameters: { [name]: randomUUID() } };
      return makeCase(builder, 'valid', pointer, `an unknown ID as ${name}`, parts, ACCEPTED);
    });
}
