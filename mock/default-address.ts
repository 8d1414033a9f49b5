// The default address of the mock.

export const DEFAULT_PORT = 4010;
/** The loopback address, which only this machine can reach. */
export const DEFAULT_HOST = '127.0.0.1';
