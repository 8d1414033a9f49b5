// The rules that a run reports on, each with its description.

/** Rules that apply to certain requests. */
export const REQUEST_RULES: Record<string, string> = {
  valid: 'Valid requests are accepted, boundary values included.',
  required: 'Requests that lack a required part are rejected.',
  type: 'Values of another type are rejected.',
  enum: 'Values outside the enumeration are rejected.',
  const: 'Values that differ from the constant are rejected.',
  format: 'Values in another format are rejected.',
  pattern: 'Strings that do not match the pattern are rejected.',
  minLength: 'Strings shorter than the minimum are rejected.',
  maxLength: 'Strings longer than the maximum are rejected.',
  minimum: 'Numbers below the minimum are rejected.',
  maximum: 'Numbers above the maximum are rejected.',
  minItems: 'Arrays with too few items are rejected.',
  maxItems: 'Arrays with too many items are rejected.',
  uniqueItems: 'Arrays with duplicate items are rejected.',
  additionalProperties: 'Unknown properties are rejected and reported.',
  'many violations': 'Responses to many violations list no more than the contract allows.',
  query: 'Unknown query parameters are rejected and reported.',
  security: 'Only valid credentials are accepted (RFC 7617).',
  'media-type': 'Only the declared media type is accepted.',
  json: 'Valid JSON is accepted, malformed JSON is rejected (RFC 8259).',
  size: 'Bodies up to the size limit are accepted, larger ones rejected.',
  method: 'Undeclared methods are rejected.',
  path: 'Undeclared paths are rejected.',
  transfer: 'Compressed and chunked bodies, Expect and shared connections work (RFC 9110, RFC 9112).',
  versions: 'Versions that do not exist are rejected.',
  order: 'Of two errors, the first in the order of checks decides the response.',
  names: 'Customers have the names that were given with --customer.',
  customers: 'Unknown customers are rejected and their location reported.',
  idempotency: 'Requests with the same idempotency key take effect once.',
  combination: 'Random combinations are rejected with their first error, every location reported.',
};

/** The rule of every response that is checked with `--strict-headers` alone. */
export const UNDECLARED_HEADER = 'undeclared header';

/** Rules that apply to every response. */
export const RESPONSE_RULES: Record<string, string> = {
  response: 'Every request receives a response.',
  status: 'The status is declared.',
  'media type': 'The media type is declared, in UTF-8.',
  body: 'The body matches the schema of its status.',
  'required header': 'Required headers are present.',
  'header value': 'Header values match their schema.',
  [UNDECLARED_HEADER]: 'No undeclared headers are present (--strict-headers).',
  version: 'The response has the requested version.',
  'request id': 'Every response has a unique request ID.',
  semantics: 'The response reflects the request.',
  disclosure: 'No response discloses credentials or internals of the service.',
};

export function describeRule(rule: string): string {
  return REQUEST_RULES[rule] ?? RESPONSE_RULES[rule] ?? `Requests that violate ${rule} are rejected.`;
}

/** Whether a rule of this name may be in a report; cases may have others, named after the keyword that they violate. */
export function isRule(name: string): boolean {
  return Object.hasOwn(REQUEST_RULES, name) || Object.hasOwn(RESPONSE_RULES, name);
}
