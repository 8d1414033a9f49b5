// What a command tells a person when it cannot do what was asked: one clear line, without a stack.

/** The command was understood but could not be carried out: exit code 1. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}
