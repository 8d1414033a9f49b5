// A log whose lines a test can read.
import { type Logger, pino } from 'pino';
import { logOptions } from '../../server/edge/log/log-options.ts';

export interface LogLine {
  level: string;
  msg: string;
  requestId?: string;
  err?: { message: string; stack: string; cause?: { message: string } };
  [field: string]: unknown;
}

export function collectLog(): { log: Logger; lines: LogLine[] } {
  const lines: LogLine[] = [];
  return { lines, log: pino(logOptions('info'), { write: (line: string) => lines.push(JSON.parse(line)) }) };
}
