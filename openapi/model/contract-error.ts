/** The contract is invalid, or lacks what this project needs of it. The message says where, and what is expected. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
}
