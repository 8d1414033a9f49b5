// What keeps a program from starting, in words for the person who starts it.

/** Shown as it is, without a stack; the program exits with 1. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
