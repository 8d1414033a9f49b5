// Lowers the priority of one thread.
import { constants, getPriority, setPriority } from 'node:os';

/** By how much the nice value grows. A thread gets a tenth of a core that another thread keeps busy. */
const NICE = constants.priority.PRIORITY_BELOW_NORMAL;
const MOST_NICE = constants.priority.PRIORITY_LOW;

/**
 * Lowers the priority of this thread, so that on a busy core it does not delay the other threads of the process. Does
 * nothing where that is impossible: only Linux has a priority for each thread (setpriority(2)), and it may forbid the
 * call.
 */
export function lowerPriority(set: (priority: number) => void = setPriority, platform = process.platform): void {
  // Elsewhere, this would lower the priority of the whole process.
  if (platform !== 'linux') return;
  try {
    set(Math.min(MOST_NICE, getPriority() + NICE));
  } catch (error) {
    const isForbidden = error instanceof Error && 'code' in error && error.code === 'ERR_SYSTEM_ERROR';
    if (!isForbidden) throw error;
  }
}
