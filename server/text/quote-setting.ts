// Quotes values of settings in messages, which may be logged: a value may be a password in the wrong variable.

/** Matches URLs with a user, connection strings of libpq or JDBC, and private keys. */
const SECRET = /@|passw|pwd|-----BEGIN/i;

/** Returns whether a value may contain a password. Does not recognize names of files with secrets. */
export function mayHaveSecret(value: string): boolean {
  return SECRET.test(value);
}

/** Quotes a value as JSON, unless it may contain a password. */
export function quoteSetting(value: string): string {
  return mayHaveSecret(value) ? 'a value that is not shown, for it may have a password' : JSON.stringify(value);
}
