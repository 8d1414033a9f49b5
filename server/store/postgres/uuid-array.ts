// Encodes arrays of UUIDs in binary. A create has up to 10,001 IDs, which as text are twice as long and slower to
// parse.

/**
 * The OID of the type uuid: https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/catalog/pg_type.dat.
 */
const UUID_OID = 2950;

/** The length prefix of each element: 16 bytes. */
const LENGTH = word(16);

/**
 * Encodes a one-dimensional array in the binary format of `array_recv`: dimensions, flags and element type; the size
 * and first index of each dimension; then the elements, each with its length before it
 * (https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/adt/arrayfuncs.c). All numbers are
 * big-endian words. pg sends a Buffer as a binary parameter.
 *
 * @throws Error when one is not a UUID of 36 characters
 */
export function encodeUuidArray(ids: readonly string[]): Buffer {
  // PostgreSQL encodes an empty array without dimensions.
  if (ids.length === 0) return Buffer.from(word(0) + word(0) + word(UUID_OID), 'hex');
  const header = word(1) + word(0) + word(UUID_OID) + word(ids.length) + word(1);
  const encoded = Buffer.from(header + LENGTH + ids.join(LENGTH).replaceAll('-', ''), 'hex');
  // Buffer stops at the first character that is not a hexadecimal digit.
  const isComplete = encoded.length === 20 * (1 + ids.length) && ids.every((id) => id.length === 36);
  if (!isComplete) throw new Error(`Not all of these are UUIDs: ${ids.slice(0, 3).join(', ')} ...`);
  return encoded;
}

function word(value: number): string {
  return value.toString(16).padStart(8, '0');
}
