// The rules that a run reports on, each in words.

/** What is asked of the answers to certain requests. */
export const REQUEST_RULES: Record<string, string> = {
  valid: 'A valid request is accepted, at every boundary.',
  required: 'What is required may not be missing.',
  type: 'A value has the declared type.',
  enum: 'A value is one of those that are listed.',
  const: 'A value is the one that is fixed.',
  format: 'A value has the declared format.',
  pattern: 'A value matches the declared pattern.',
  minLength: 'A text is not shorter than it may be.',
  maxLength: 'A text is not longer than it may be.',
  minimum: 'A number is not smaller than it may be.',
  maximum: 'A number is not larger than it may be.',
  minItems: 'A list has not fewer items than it may have.',
  maxItems: 'A list has not more items than it may have.',
  uniqueItems: 'A list has no item twice, where it may not.',
  additionalProperties: 'Unknown properties are refused by name.',
  query: 'Unknown query parameters are refused by name.',
  security: 'Only valid credentials are let in (RFC 7617).',
  'media-type': 'Only the declared media type is read.',
  json: 'What is JSON is read, what is none is refused (RFC 8259).',
  size: 'A body may be as large as the limit, and no larger.',
  method: 'Methods that a path does not have are refused.',
  path: 'Paths that are not declared are refused.',
  customers: 'Customers that do not exist are refused by place.',
  idempotency: 'A request with an idempotency key takes effect once.',
  combination: 'Random combinations are judged by their first fault, every place named.',
};

/** What is asked of every answer. */
export const ANSWER_RULES: Record<string, string> = {
  answer: 'Every request gets an answer.',
  status: 'The status is declared.',
  'media type': 'The media type is declared, in UTF-8.',
  body: 'The body is valid by the schema of its status.',
  'required header': 'Required headers are there.',
  'header value': 'Headers have the declared values.',
  'undeclared header': 'No undeclared header is there.',
  version: 'The answer is in the version that was asked for.',
  'request id': 'Every answer has an ID of its own.',
  meaning: 'The answer says what the request asked for.',
  secrecy: 'No answer shows credentials or the inside of the service.',
};

export function describeRule(rule: string): string {
  return REQUEST_RULES[rule] ?? ANSWER_RULES[rule] ?? `The rule ${rule} of the contract holds.`;
}
