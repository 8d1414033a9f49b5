// The types of the examples of a contract, by operation.

/** A request body of the contract. */
export interface RequestExample {
  /** One line. */
  readonly summary: string;
  /** The body, parsed. */
  readonly body: unknown;
}

/** A response of the contract. */
export interface ResponseExample extends RequestExample {
  /** The headers that the contract requires of this response, besides the headers of all responses. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The examples of an operation. */
export interface OperationExamples {
  /** Request examples, by name. */
  readonly requests: Readonly<Record<string, RequestExample>>;
  /** Response examples, by status and name. A response without examples has one from its schema, {@link UNNAMED}. */
  readonly responses: Readonly<Record<string, Readonly<Record<string, ResponseExample>>>>;
}

/** The examples of all operations, by operationId. */
export type ContractExamples = Readonly<Record<string, OperationExamples>>;

/** The name of the example of a response for which the contract has none. */
export const UNNAMED = 'default';
