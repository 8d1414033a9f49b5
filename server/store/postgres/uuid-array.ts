// IDs as PostgreSQL keeps them: a create names up to 10,001 customers, and as text they are twice as long and have to be read one by one.

/** Of the type uuid, in https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/catalog/pg_type.dat. */
const UUID_OID = 2950;

/** What stands before each element: that it has 16 bytes. */
const LENGTH = word(16);

/**
 * One-dimensional array of UUIDs in the binary format of `array_recv`: dimensions, flags, type of the elements, and for each dimension its size and
 * first index; then the elements, each after its length (https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/adt/arrayfuncs.c).
 * All numbers are big-endian words. pg sends a Buffer as a binary parameter.
 *
 * @throws Error when one is no UUID of 36 characters
 */
export function encodeUuidArray(ids: readonly string[]): Buffer {
  // No dimensions for no elements: that is how PostgreSQL itself writes an empty array.
  if (ids.length === 0) return Buffer.from(word(0) + word(0) + word(UUID_OID), 'hex');
  const header = word(1) + word(0) + word(UUID_OID) + word(ids.length) + word(1);
  const encoded = Buffer.from(header + LENGTH + ids.join(LENGTH).replaceAll('-', ''), 'hex');
  // Buffer stops at the first character that is not hexadecimal.
  const complete = encoded.length === 20 * (1 + ids.length) && ids.every((id) => id.length === 36);
  if (!complete) throw new Error(`Not all of these are UUIDs: ${ids.slice(0, 3).join(', ')} ...`);
  return encoded;
}

function word(value: number): string {
  return value.toString(16).padStart(8, '0');
}
