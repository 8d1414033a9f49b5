// The error of a variable that complements DATABASE_URL.

/** A connection parameter is invalid, and comes only from variables of libpq. The message is about these variables. */
export class VariableError extends Error {
  override readonly name = 'VariableError';
  readonly variables: readonly string[];

  constructor(message: string, variables: readonly string[]) {
    super(message);
    this.variables = variables;
  }
}
