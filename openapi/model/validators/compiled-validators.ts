// The types of the compiled validators in generated/.

/** An error of ajv, as far as it is read here. */
export interface CompiledError {
  keyword: string;
  instancePath: string;
  schemaPath: string;
  // biome-ignore lint/suspicious/noExplicitAny: as in the types of ajv, which depend on the keyword.
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
  /** The validator of the value itself; of its parts too, unless they are nodes of their own. */
  validate: CompiledValidator;
  properties: readonly { name: string; node: CompiledNode }[] | undefined;
  items: CompiledNode | undefined;
}

/** The validators of an operation's requests. */
export interface CompiledRequest {
  /** Violations that a response lists at most. */
  limit: number;
  /** As the contract writes them. */
  headerNames: readonly string[];
  /** The validator of an object with `path`, `query` and `header`. */
  parameters: CompiledValidator;
  bodyRequired: boolean;
  body: CompiledNode | undefined;
}

/** By operationId. */
export type RequestValidators = Readonly<Record<string, CompiledRequest>>;

/** By operationId and status. */
export type ResponseValidators = Readonly<Record<string, Readonly<Record<string, CompiledValidator>>>>;
