// The error of a command that failed.

/** A valid command failed: exit code 1. The message is shown to the user as it is, without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
