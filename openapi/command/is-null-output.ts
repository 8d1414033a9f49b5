// Whether anybody can see what a program prints.
import { fstatSync, statSync } from 'node:fs';
import type { Writable } from 'node:stream';

/** Whether an output is /dev/null, which Node also opens in place of a closed output. */
export function isNullOutput(output: Writable): boolean {
  if (!('fd' in output) || typeof output.fd !== 'number') return false;
  const stats = fstatSync(output.fd);
  return stats.isCharacterDevice() && stats.rdev === statSync('/dev/null', { throwIfNoEntry: false })?.rdev;
}
