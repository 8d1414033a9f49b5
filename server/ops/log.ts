// The log: JSON lines for machines, readable lines on a terminal.
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';

/** Logs to the standard output. Never given secrets, `Authorization` values or bodies: errors are reduced to what tells a fault, and all else is listed by its caller. */
export async function createLog(level: string): Promise<Logger> {
  return pino(logOptions(level), process.stdout.isTTY ? await readable() : inBatches(openOutput()));
}

/** Where lines go to, as bytes. */
export interface Output {
  write(bytes: Uint8Array): void;
  flushSync(): void;
}

/** With this `contentMode` it takes bytes alone; its types know of texts only. Of a text it would count the bytes, and make them, once more. */
function openOutput(): Output {
  return pino.destination({ dest: 1, sync: false, contentMode: 'buffer' }) as unknown as Output;
}

/**
 * Writes a line at once, and what follows within `BATCH_MS` together: a call for each line would cost more than the line. Does not wait for who reads the
 * log, as a synchronous call would. What waits is bytes: strings that are put together keep all their pieces, which V8 would move about meanwhile.
 */
export function inBatches(output: Output): DestinationStream {
  const lines = Buffer.alloc(BATCH_BYTES);
  let used = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  const flush = () => {
    if (used === 0) return;
    lastMs = performance.now();
    // A copy, as long as it has to be: the output keeps it until it is written, be its reader slow.
    output.write(Buffer.from(lines.subarray(0, used)));
    used = 0;
  };
  process.on('exit', () => {
    flush();
    output.flushSync();
  });
  return {
    write(line) {
      const most = line.length * MOST_BYTES;
      if (used + most > BATCH_BYTES) flush();
      if (most > BATCH_BYTES) output.write(Buffer.from(line));
      else {
        if (used === 0) setTimeout(flush, Math.max(0, lastMs + BATCH_MS - performance.now()));
        used += lines.write(line, used);
      }
    },
  };
}

const BATCH_MS = 50;
/** About 200 lines. */
const BATCH_BYTES = 65_536;
/** That UTF-8 needs for one of the units that the length of a string is told in. */
const MOST_BYTES = 3;

/** What makes a line of this log, wherever it goes. */
export function logOptions(level: string): LoggerOptions {
  return {
    level,
    base: null,
    timestamp: createTimestamp(),
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
  };
}

/** As pino's `isoTime`, which takes as long as the rest of a line; all lines of a millisecond share one. */
function createTimestamp(): () => string {
  let atMs = 0;
  let text = '';
  return () => {
    const nowMs = Date.now();
    if (nowMs !== atMs) text = `,"time":"${new Date(nowMs).toISOString()}"`;
    atMs = nowMs;
    return text;
  };
}

async function readable(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({ singleLine: true, ignore: SHOWN.join(','), messageFormat: describeLine });
}

/** What `describeLine` shows, so that it is not shown again. */
const SHOWN = [
  'method',
  'path',
  'status',
  'durationMs',
  'requestId',
  'account',
  'clientId',
  'cutOff',
  'code',
  'reason',
];

/** One line for a person: what was asked and how it ended, or what happened. */
export function describeLine(line: Record<string, unknown>, messageKey: string): string {
  const { method, path, status, durationMs, clientId, code, reason, requestId } = line;
  const request = requestId === undefined ? '' : `, request ${requestId}`;
  if (method === undefined) {
    const detail = reason ?? code;
    return `${line[messageKey]}${detail === undefined ? '' : ` (${detail})`}${request}`;
  }
  if (durationMs === undefined) return `${status} ${method} ${path} ${line[messageKey]} (${reason})${request}`;
  const client = clientId === undefined ? '' : `, client ${clientId}`;
  return `${status ?? 'cut off'} ${method} ${path} ${durationMs} ms${client}${request}`;
}

interface DescribedError {
  name: string;
  message: string;
  stack: string | undefined;
  cause?: DescribedError;
}

/** Message, stack and causes, but no other field: libraries hang requests and bodies on their errors. */
export function describeError(error: unknown, depth = 0): DescribedError | unknown {
  if (!(error instanceof Error)) return error;
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && depth < 5 && { cause: describeError(error.cause, depth + 1) }),
  };
}
