// The error of a program that cannot start.

/**
 * An error that keeps a program from starting, such as a port that is taken. Its message is meant for people: show it
 * as it is, without a stack, and exit with 1.
 *
 * @example
 * await listen(app, { port: 3000, host: '127.0.0.1', portHint: 'PORT=3001' }).catch((error: unknown) => {
 *   if (!(error instanceof StartupError)) throw error;
 *   console.error(error.message);
 *   process.exit(1);
 * });
 */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
