// IDs of what is created: version 7 UUIDs, so that their order is that of creation (RFC 9562, section 5.7).
import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

/** Asking the system for random bytes takes longer than all else, and as long for one ID as for many. */
const IDS = 128;
const BYTES = 16;
const pool = new Uint8Array(IDS * BYTES);

let used = IDS;
let msecs = 0;
let seq = 0;

/** Later IDs of one process sort behind earlier ones, also within a millisecond: then the counter goes up (RFC 9562, section 6.2, method 1). */
export function newId(): string {
  if (used === IDS) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used * BYTES, (used + 1) * BYTES);
  used += 1;
  const now = Date.now();
  if (now > msecs) {
    msecs = now;
    // 31 random bits, so that the counter has as many steps left at least as it needs, and tells nothing.
    seq = new DataView(random.buffer, random.byteOffset + 6).getUint32(0) >>> 1;
  } else {
    // As in the library: a counter that is used up borrows the next millisecond.
    seq = (seq + 1) | 0;
    if (seq === 0) msecs += 1;
  }
  return v7({ random, msecs, seq });
}
