/** The contract is invalid, or lacks what this project needs of it. The message says where, and what is expected. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  /** JSON Pointer to the place, if the message does not name it yet. */
  readonly pointer: string | undefined;

  constructor(message: string, { pointer, ...options }: ErrorOptions & { pointer?: string } = {}) {
    super(message, options);
    this.pointer = pointer;
  }
}
