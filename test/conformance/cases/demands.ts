// The sentences of the contract that cases and checks rely on, where no schema expresses the requirement.

import type { Contract } from '../../../openapi/model/contract.ts';
import { unescapeSegment } from '../../../openapi/model/json-pointer.ts';

export interface Demand {
  /** JSON Pointer to the text in the contract. */
  pointer: string;
  /** The required text, with single spaces; undefined if the value itself is the requirement. */
  quote?: string;
}

const INTRODUCTION = '/info/description';
const introduction = (quote: string): Demand => ({ pointer: INTRODUCTION, quote });

const DECLARED = {
  // Credentials
  basic: introduction(
    'Requests are authenticated with HTTP Basic ([RFC 7617](https://www.rfc-editor.org/rfc/rfc7617)). ' +
      'The client ID is the user name, the client secret the password, both in UTF-8.',
  ),
  unauthorized: introduction('Missing, malformed and wrong credentials all get `401 Unauthorized`.'),
  'exact credentials': introduction(
    'Client ID and secret are compared exactly: letter case and white space count. A secret may contain colons.',
  ),
  'canonical Base64': introduction('The Base64 must be canonical, with its padding'),
  'own customers': introduction(
    'Credentials belong to one account and give access to the customers of that account only.',
  ),
  // HTTP
  'exact path': introduction(
    'Paths are compared exactly: letter case, doubled slashes and whatever stands at the end count',
  ),
  'media type': introduction(
    'Send the body as `application/json`; a `charset` must be UTF-8, ' +
      'other parameters of the media type are ignored.',
  ),
  codings: introduction('The body may be compressed, with `Content-Encoding` `gzip`, `deflate`, `br` or `zstd`'),
  chunks: introduction('sent in chunks (`Transfer-Encoding: chunked`)'),
  expect: introduction('`Expect: 100-continue` is supported.'),
  'shared connection': introduction('A connection may be used for several requests'),
  pipelining: introduction('for the next one before the response to the previous one'),
  'half-close': introduction(
    'A client that closes its side of the connection after a request still gets the response, ' +
      'unless a proxy between them prevents it.',
  ),
  // Errors
  'missing body': introduction('A request without a body is `InvalidRequest` with an empty pointer'),
  'blank body': introduction('one with white space alone is `MalformedJson`'),
  'edges of JSON': introduction('Numbers of any size, and escapes of lone surrogates, are JSON.'),
  'first violations': introduction(
    '`InvalidRequest` lists the first violations, up to their [limit](#section/limits) and at most one for each place',
  ),
  'number of violations': introduction('and states the total number in `message`.'),
  'first items': introduction('In an array the first items come first.'),
  'line and column': introduction('Correct the syntax at the line and column in `message`.'),
  'accepted codings': {
    pointer: '/components/headers/AcceptedContentCodings/description',
    quote: 'The content codings that a request body may have. Present if the `Content-Encoding` was rejected.',
  },
  'long pointers': introduction('A pointer of more than 1,000 characters is replaced by that of the part around its'),
  'no internals': introduction('No response contains credentials or internals of the service.'),
  'unknown names': introduction('Unknown request properties and query parameters are **rejected** by name'),
  'unknown customers': introduction('`UnknownCustomers` lists every unknown ID once, at its first place.'),
  order: { pointer: '/x-order-of-checks' },
  size: { pointer: '/x-limits/requestBodyBytes' },
  waits: introduction('Retry after the seconds in `Retry-After`.'),
  // Versions
  versions: introduction('An unknown version is rejected with `UnrecognisedApiVersion`.'),
  'version of responses': introduction(
    'Every response, including errors, names its version in the `Sequence-Version` response header.',
  ),
  // Idempotency
  'created once': introduction('the organization is created once, and each retry returns the first response with'),
  'at the same time': introduction(
    'Requests with one key that are sent at the same time create one organization, too.',
  ),
  'other body': introduction('The same key with a different body is rejected with `409`.'),
  'same body': introduction(
    'White space, the order of properties, compression and the spelling of `Content-Type` do not make a body different',
  ),
  'order of members': introduction('the order of `memberIds` does.'),
  'unused keys': introduction('A rejected request (any `4xx`) does not use its key.'),
  'exact keys': introduction('Keys are compared exactly, letter case included.'),
  'kept keys': { pointer: '/x-limits/idempotencyKeyHours' },
  'keys of an account': introduction('They belong to your account, so all of its clients share them'),
  'only replays': {
    pointer: '/components/headers/IdempotencyReplayed/description',
    quote: 'Present only if this is the response to an earlier request with the same `Idempotency-Key`',
  },
  'request ID': {
    pointer: '/components/headers/RequestId/description',
    quote: 'no two responses have the same',
  },
  // Organizations
  'several organizations': {
    pointer: '/paths/~1customer-organizations/post/description',
    quote: 'A customer may own several organizations and be a member of several.',
  },
  members: {
    pointer: '/components/schemas/CustomerOrganization/properties/members/description',
    quote: 'without the owner, each once, in the order of their first mention in the request.',
  },
  owner: {
    pointer: '/components/schemas/CustomerOrganization/properties/owner/description',
    quote: 'The owner, the parent customer.',
  },
  names: {
    pointer: '/components/schemas/Customer/properties/name/description',
    quote: 'The legal name of the customer, exactly as the account has it.',
  },
  'new IDs': {
    pointer: '/components/schemas/CustomerOrganization/properties/id/description',
    quote: 'New IDs are version 7 UUIDs, which sort by creation time.',
  },
} satisfies Record<string, Demand>;

export type DemandName = keyof typeof DECLARED;

export const DEMANDS: Record<DemandName, Demand> = DECLARED;

/** The place of a demand in the contract, for a violation of it. */
export function placeOf(name: DemandName): { contractPointer: string; quote?: string } {
  const { pointer, quote } = DEMANDS[name];
  return { contractPointer: pointer, ...(quote !== undefined && { quote }) };
}

/** The demands that the contract states: another contract may not state all of them. */
export function demandsOf(contract: Contract): Set<DemandName> {
  const texts = new Map<string, string>();
  const read = (pointer: string) => {
    const text = texts.get(pointer) ?? textAt(contract, pointer);
    texts.set(pointer, text);
    return text;
  };
  const names = Object.keys(DEMANDS) as DemandName[]; // The keys of the table.
  return new Set(
    names.filter((name) => {
      const { pointer, quote } = DEMANDS[name];
      return quote === undefined ? read(pointer) !== '' : read(pointer).includes(quote);
    }),
  );
}

/** The text with single spaces; empty when there is none. */
function textAt(contract: Contract, pointer: string): string {
  let found: unknown = contract;
  for (const key of pointer.split('/').slice(1)) {
    const name = unescapeSegment(key);
    found = typeof found === 'object' && found !== null ? Reflect.get(found, name) : undefined;
  }
  return (typeof found === 'string' ? found : (JSON.stringify(found) ?? '')).replace(/\s+/g, ' ');
}
