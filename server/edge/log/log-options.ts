// The format of log lines, whatever their destination.
import type { LoggerOptions } from 'pino';

/** Returns options for pino. Errors are reduced to message, stack and causes; the caller chooses the other fields. */
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

/** Returns the time in ISO 8601, cached for one millisecond: formatting it takes 1.5 of the 5.6 µs of a line. */
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

/** The maximum depth of causes that are logged. */
export const CAUSE_DEPTH = 5;

/** Returns message, stack and causes only, because libraries attach requests and bodies to their errors. */
function describeError(error: unknown, depth = 0): DescribedError | unknown {
  if (!(error instanceof Error)) return error;
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && depth < CAUSE_DEPTH && { cause: describeError(error.cause, depth + 1) }),
  };
}
