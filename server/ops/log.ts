// Logs to standard output: JSON lines for machines, readable lines on a terminal.
import { type DestinationStream, type Logger, pino } from 'pino';
import sonicBoom from 'sonic-boom';
import { logOptions } from '../edge/log/log-options.ts';

/**
 * Creates a log on standard output, which never waits for its reader. It must not be given secrets, `Authorization`
 * values or bodies. `json` requests JSON lines on a terminal too.
 */
export async function createLog(level: string, { json = false }: { json?: boolean } = {}): Promise<Logger> {
  // Accessing `process.stdout` makes a pipe non-blocking, so that a write to a full pipe fails instead of waiting.
  const { isTTY } = process.stdout;
  return isTTY && !json ? pino(logOptions(level), await openTerminal()) : createBatchedLog(level);
}

/**
 * The size of a batch. Lines are written when they reach it or after 100 ms, because a system call for each line would
 * cost more than the line.
 */
const BATCH_BYTES = 16_384;
const BATCH_MS = 100;

/** The bytes that are held for a slow reader, about 40,000 lines. Further lines are dropped and counted. */
const HELD_BYTES = 8_388_608;

/** The number of attempts, of 100 ms each, to write to a stalled reader at the exit of the process. */
const EXIT_TRIES = 10;

function createBatchedLog(level: string): Logger {
  let exiting = false;
  let tries = 0;
  let dropped = 0;
  const output = new sonicBoom.SonicBoom({
    fd: 1,
    minLength: BATCH_BYTES,
    maxWrite: 4 * BATCH_BYTES,
    periodicFlush: BATCH_MS,
    maxLength: HELD_BYTES,
    contentMode: 'buffer',
    retryEAGAIN: () => !exiting || ++tries < EXIT_TRIES,
  });
  // A line is a concatenation of many strings. Copying it into a buffer at once costs 4.5 µs; flattening it later as a
  // part of a batch costs 8.4. The types of `write` do not declare buffers.
  const write = (line: string) => Reflect.apply(output.write, output, [Buffer.from(line)]);
  const log = pino(logOptions(level), { write });
  output.on('drop', () => {
    dropped++;
  });
  output.on('drain', () => {
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    log.warn({ lines }, 'lines of the log were dropped, because its reader was too slow');
  });
  output.on('error', (error: NodeJS.ErrnoException) => {
    log.level = 'silent';
    // A reader that has closed the pipe, as in `| head`, is not a failure.
    if (error.code !== 'EPIPE') process.stderr.write(`The log cannot be written any more: ${error.message}.\n`);
  });
  process.on('exit', () => {
    exiting = true;
    try {
      output.flushSync();
    } catch {
      // The reader has closed the pipe or is stalled, and there is nowhere else to report that.
    }
  });
  return log;
}

async function openTerminal(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({ singleLine: true, ignore: SHOWN.join(','), messageFormat: describeLine });
}

/** The fields that are not shown, because `describeLine` shows them or because they do not help people. */
const SHOWN = [
  'method',
  'path',
  'status',
  'durationMs',
  'requestId',
  'account',
  'clientId',
  'organizationId',
  'apiVersion',
  'errorType',
  'cutOff',
  'code',
  'reason',
];

/** Formats a line for people: the request and its outcome, or the message. */
export function describeLine(line: Record<string, unknown>, messageKey: string): string {
  const { method, path, status, durationMs, clientId, organizationId, errorType, code, reason, requestId } = line;
  const request = requestId === undefined ? '' : `, request ${requestId}`;
  if (method === undefined) {
    const detail = reason ?? code;
    return `${line[messageKey]}${detail === undefined ? '' : ` (${detail})`}${request}`;
  }
  if (durationMs === undefined) return `${status} ${method} ${path} ${line[messageKey]} (${reason})${request}`;
  const client = clientId === undefined ? '' : `, client ${clientId}`;
  const created = organizationId === undefined ? '' : `, organization ${organizationId}`;
  const result = [status ?? 'cut off', errorType].filter((each) => each !== undefined).join(' ');
  return `${result} ${method} ${path} ${durationMs} ms${client}${created}${request}`;
}
