// The types of the compiled validators in generated/.

/** The parts of an ajv error that are read here. */
export interface CompiledError {
  keyword: string;
  instancePath: string;
  schemaPath: string;
  // biome-ignore lint/suspicious/noExplicitAny: the types of ajv have it too, because params depend on the keyword.
  params: Record<string, any>;
  message?: string;
  data?: unknown;
}

/** Finds all errors of a value. */
export interface CompiledValidator {
  (value: unknown): boolean;
  errors?: CompiledError[] | null;
}

/** The validators of a value and of its parts. */
export interface CompiledNode {
  /** The validator of the value itself, including the parts that are no nodes of their own. */
  validate: CompiledValidator;
  properties: readonly { name: string; node: CompiledNode }[] | undefined;
  items: CompiledNode | undefined;
}

/** The validators of an operation's requests. */
export interface CompiledRequest {
  /** Violations that a response lists at most. */
  limit: number;
  /** The declared names, in the letter case of the contract. */
  headerNames: readonly string[];
  /** The validator of an object with `path`, `query` and `header`. */
  parameters: CompiledValidator;
  bodyRequired: boolean;
  body: CompiledNode | undefined;
}

/** The validators of requests, by operationId. */
export type RequestValidators = Readonly<Record<string, CompiledRequest>>;

/** The validators of responses, by operationId and status. */
export type ResponseValidators = Readonly<Record<string, Readonly<Record<string, CompiledValidator>>>>;
