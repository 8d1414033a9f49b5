/** The number of bytes in a mebibyte. */
export const MIB = 1_048_576;
