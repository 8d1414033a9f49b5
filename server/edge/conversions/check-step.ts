// The input of the checks of a version module.
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

/** Returns the schema of a part of the request. Parameters become the properties of an object. */
export function schemaOf({ contract, entry: { operation, parameters } }: Version, part: keyof Pointers): Schema {
  if (part === 'body') return bodyOf(operation.requestBody && resolve<RequestBody>(contract, operation.requestBody));
  const declared = parameters.filter((each) => each.in === part && each.name !== 'Sequence-Version');
  return { type: 'object', properties: Object.fromEntries(declared.map(({ name, schema }) => [name, schema])) };
}

interface Owner {
  content?: Record<string, MediaType>;
}

const mediaTypeOf = (owner: Owner | undefined) => Object.values(owner?.content ?? {})[0];

/** Returns the schema of the body. If there is no body, the schema has no places. */
export function bodyOf(owner: Owner | undefined): Schema {
  return mediaTypeOf(owner)?.schema ?? { type: 'null' };
}

/** Returns the examples of a body, or a single undefined if there are none. */
export function examplesOf(owner: Owner | undefined): unknown[] {
  const examples = Object.values(mediaTypeOf(owner)?.examples ?? {}).map(({ value }) => structuredClone(value));
  return examples.length > 0 ? examples : [undefined];
}
