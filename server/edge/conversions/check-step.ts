// What the checks of a version's module start from.
import {
  type Contract,
  type MediaType,
  type OperationEntry,
  type RequestBody,
  resolve,
  type Schema,
} from '../../../openapi/model/contract.ts';
import type { OlderVersion } from '../../versions/older-versions.ts';
import type { Pointers } from '../../versions/version-change.ts';

/** Two neighbouring versions with an operation that they share. */
export interface Step {
  change: OlderVersion['change'];
  id: string;
  older: Version;
  newer: Version;
}

export interface Version {
  name: string;
  contract: Contract;
  entry: OperationEntry;
}

export const PARTS = ['body', 'header', 'path', 'query'] as const;

/** A part of the request as one schema: parameters are the properties of an object. */
export function schemaOf({ contract, entry: { operation, parameters } }: Version, part: keyof Pointers): Schema {
  if (part === 'body') return bodyOf(operation.requestBody && resolve<RequestBody>(contract, operation.requestBody));
  const declared = parameters.filter((each) => each.in === part && each.name !== 'Sequence-Version');
  return { type: 'object', properties: Object.fromEntries(declared.map(({ name, schema }) => [name, schema])) };
}

interface Owner {
  content?: Record<string, MediaType>;
}

const mediaTypeOf = (owner: Owner | undefined) => Object.values(owner?.content ?? {})[0];

/** Without a body there is no place. */
export function bodyOf(owner: Owner | undefined): Schema {
  return mediaTypeOf(owner)?.schema ?? { type: 'null' };
}

/** The examples of a body; one that is undefined where there is none. */
export function examplesOf(owner: Owner | undefined): unknown[] {
  const examples = Object.values(mediaTypeOf(owner)?.examples ?? {}).map(({ value }) => structuredClone(value));
  return examples.length > 0 ? examples : [undefined];
}
