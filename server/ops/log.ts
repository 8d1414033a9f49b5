// The log on the standard output: JSON lines for machines, readable lines on a terminal.
import { type DestinationStream, type Logger, pino } from 'pino';
import sonicBoom from 'sonic-boom';
import { logOptions } from '../edge/log/log-options.ts';

/**
 * Logs to the standard output, and never waits for its reader. Must not be given secrets, `Authorization` values or
 * bodies. `json`: on a terminal too.
 */
export async function createLog(level: string, { json = false }: { json?: boolean } = {}): Promise<Logger> {
  // This makes a pipe non-blocking, so that a write to a full one fails instead of waiting.
  const { isTTY } = process.stdout;
  return isTTY && !json ? pino(logOptions(level), await openTerminal()) : createBatchedLog(level);
}

/**
 * Lines are written together, as many as are in 16 KB or come within 100 ms: a system call for each would cost more
 * than the line.
 */
const BATCH_BYTES = 16_384;
const BATCH_MS = 100;

/** Held for a reader that is slow: about 40,000 lines. Further ones are dropped, and counted. */
const HELD_BYTES = 8_388_608;

/** For a reader that takes nothing, at the exit of the process. Each try takes 100 ms. */
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
  // A line consists of many strings. Copied into a buffer at once, it costs 4.5 µs instead of 8.4; as a part of a batch
  // of such lines, it is put together at the end. The types of `write` do not know of buffers.
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
    // A reader that has gone, as in `| head`, is no failure.
    if (error.code !== 'EPIPE') process.stderr.write(`The log cannot be written any more: ${error.message}.\n`);
  });
  process.on('exit', () => {
    exiting = true;
    try {
      output.flushSync();
    } catch {
      // The reader has gone, or takes nothing. There is nobody else to tell.
    }
  });
  return log;
}

async function openTerminal(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({ singleLine: true, ignore: SHOWN.join(','), messageFormat: describeLine });
}

/** What `describeLine` shows, so that it is not shown again, and what a person can do without. */
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

/** One line for a person: what was requested and how it ended, or what happened. */
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
