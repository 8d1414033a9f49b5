// What a line of the log looks like, wherever the log goes.
import { type LoggerOptions, pino } from 'pino';

/** Options of pino. Errors are reduced to what describes them; the caller chooses the other fields of a line. */
export function logOptions(level: string): LoggerOptions {
  return {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
  };
}

interface DescribedError {
  name: string;
  message: string;
  stack: string | undefined;
  cause?: DescribedError;
}

/** Causes of causes that are logged. */
const CAUSE_DEPTH = 5;

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
