// Collects garbage, for tests of what is held.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Collects all garbage at once. V8 keeps the target of a new WeakRef until the current job has ended. */
// V8 has just added it.
export const collectGarbage = runInNewContext('gc') as () => void;
