// Changes the level of the log while the server runs.
import type { Logger } from 'pino';

/** The part of `process` that is used. */
interface Signals {
  on(signal: 'SIGUSR1' | 'SIGUSR2' | 'SIGHUP', listener: () => void): unknown;
}

/** The log levels, from the quietest to the most verbose. */
const LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'];

/** The levels that SIGUSR2 cycles through, except those that are not more verbose than the configured level. */
const VERBOSE = ['debug', 'trace'];

/**
 * Changes the level on signals. SIGUSR2 makes the log more verbose: `debug`, then `trace`, then the configured level
 * again. SIGHUP restores the configured level; by default it would end the process when its terminal closes. SIGUSR1
 * does nothing; by default it would open Node's debugger, in which every user of the machine may run code.
 */
export function changeLevelOnSignal(log: Logger, signals: Signals = process): void {
  const configured = log.level;
  const levels = [configured, ...VERBOSE.filter((level) => LEVELS.indexOf(level) > LEVELS.indexOf(configured))];
  const change = (level: string) => {
    const from = log.level;
    if (level === from) return;
    // The line is written at the more verbose of the two levels.
    const report = () => log.info({ from, to: level }, 'log level changed');
    const isQuieter = LEVELS.indexOf(level) < LEVELS.indexOf(from);
    if (isQuieter) report();
    log.level = level;
    if (!isQuieter) report();
  };
  signals.on('SIGUSR2', () => change(levels[(levels.indexOf(log.level) + 1) % levels.length] ?? configured));
  signals.on('SIGHUP', () => change(configured));
  signals.on('SIGUSR1', () => {});
}
