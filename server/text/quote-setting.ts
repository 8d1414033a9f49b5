// Values of settings in messages, which go to the log: a wrong value may be a password in the wrong variable.

/** What a URL with a user, a connection string of libpq or JDBC, or a private key has. */
const SECRET = /@|passw|pwd|-----BEGIN/i;

/** Whether a value may have a password. Names of files with secrets are for the caller to know. */
export function mayHaveSecret(value: string): boolean {
  return SECRET.test(value);
}

/** The value as JSON, unless it may have a password. */
export function quoteSetting(value: string): string {
  return mayHaveSecret(value) ? 'a value that is not shown, for it may have a password' : JSON.stringify(value);
}
