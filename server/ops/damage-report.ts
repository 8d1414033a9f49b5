// Logs which tables of a damaged SQLite file are unreadable. Another process checks them, because that reads the whole
// file.
import { execFile } from 'node:child_process';
import type { Logger } from 'pino';

/** The minimum interval between two checks: damage rarely comes alone, and a large file takes minutes to read. */
const INTERVAL_MS = 600_000;

export interface DamageReportOptions {
  log: Logger;
  /** Resolves with a sentence that names the tables, or undefined if nothing is damaged. */
  describe?: () => Promise<string | undefined>;
  /** A clock in milliseconds, of any origin. */
  now?: () => number;
}

/** Returns a function that must be called for each error that indicates damage. */
export function createDamageReport({
  log,
  describe = runCheck,
  now = () => performance.now(),
}: DamageReportOptions): () => void {
  let nextMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (now() < nextMs) return;
    nextMs = now() + INTERVAL_MS;
    describe().then(
      (reason) => log.error({ reason }, reason === undefined ? 'no damage was found any more' : 'damaged tables'),
      (error: unknown) => log.error({ err: error }, 'the damaged tables could not be determined'),
    );
  };
}

/** Runs `migrate --check` with the settings of this process. Returns its error message, or undefined if it succeeds. */
async function runCheck(): Promise<string | undefined> {
  const [, program = ''] = process.argv;
  return new Promise((resolve) => {
    execFile(process.execPath, [...process.execArgv, program, 'migrate', '--check'], (error, _stdout, stderr) =>
      resolve(error ? stderr.trim() || error.message : undefined),
    );
  });
}
