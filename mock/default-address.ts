// Where the mock listens by default.

export const DEFAULT_PORT = 4010;
/** Reachable from this machine only. */
export const DEFAULT_HOST = '127.0.0.1';
