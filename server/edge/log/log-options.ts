// What a line of the log looks like, wherever the log goes.
import type { LoggerOptions } from 'pino';

/** Options of pino. Errors are reduced to what describes them; the caller chooses the other fields of a line. */
export function logOptions(level: string): LoggerOptions {
  return {
    level,
    base: null,
    timestamp: describeTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
  };
}

let latest = { ms: Number.NaN, field: '' };

/** In ISO 8601. Lines of one millisecond share it: to write it takes 1.5 of the 5.6 µs of a line. */
function describeTime(): string {
  const ms = Date.now();
  if (ms !== latest.ms) latest = { ms, field: `,"time":"${new Date(ms).toISOString()}"` };
  return latest.field;
}

interface DescribedError {
  name: string;
  message: string;
  stack: string | undefined;
  cause?: DescribedError;
}

/** Causes of causes that are logged. */
export const CAUSE_DEPTH = 5;

/** Message, stack and causes, but no other field: libraries attach requests and bodies to their errors. */
function describeError(error: unknown, depth = 0): DescribedError | unknown {
  if (!(error instanceof Error)) return error;
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && depth < CAUSE_DEPTH && { cause: describeError(error.cause, depth + 1) }),
  };
}
