/** Exit codes, as documented in the help. */
export const EXIT = { conforms: 0, doesNotConform: 1, incomplete: 2 } as const;
