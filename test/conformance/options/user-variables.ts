// The environment variables that hold credentials, so that no command line shows them.

/** The environment variable that holds the credentials, as `id:secret`. */
export const USER_VARIABLE = 'CONFORMANCE_USER';
/** The environment variable for another client of the account. */
export const USER2_VARIABLE = 'CONFORMANCE_USER2';
/** The environment variable for a client of another account. */
export const OTHER_USER_VARIABLE = 'CONFORMANCE_OTHER_USER';
