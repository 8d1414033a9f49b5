// The error of a variable that completes DATABASE_URL.

/** A value of the connection is invalid, and comes from variables of libpq alone. The message is about them. */
export class VariableError extends Error {
  override readonly name = 'VariableError';
  readonly variables: readonly string[];

  constructor(message: string, variables: readonly string[]) {
    super(message);
    this.variables = variables;
  }
}
