// The level of the log, changed by signals.
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { changeLevelOnSignal } from '../../../server/ops/log-level.ts';
import { collectLog } from '../../support/log-lines.ts';

function start(level: string) {
  const { log, lines } = collectLog();
  log.level = level;
  const signals = new EventEmitter();
  changeLevelOnSignal(log, signals);
  const levelAfter = (signal: string) => {
    signals.emit(signal);
    return log.level;
  };
  return { levelAfter, lines };
}

describe('SIGUSR2', () => {
  it.each([
    ['info', ['debug', 'trace', 'info', 'debug']],
    ['error', ['debug', 'trace', 'error', 'debug']],
    ['silent', ['debug', 'trace', 'silent', 'debug']],
    ['debug', ['trace', 'debug', 'trace', 'debug']],
    ['trace', ['trace', 'trace', 'trace', 'trace']],
  ])('raises the level step by step, and returns to LOG_LEVEL=%s', (level, levels) => {
    const { levelAfter } = start(level);

    expect(levels.map(() => levelAfter('SIGUSR2'))).toEqual(levels);
  });

  it('leaves a line for each change that the more verbose level shows', () => {
    const { levelAfter, lines } = start('warn');

    for (let time = 0; time < 3; time++) levelAfter('SIGUSR2');

    expect(lines.map(({ msg, from, to }) => [msg, from, to])).toEqual([
      ['log level changed', 'warn', 'debug'],
      ['log level changed', 'debug', 'trace'],
      ['log level changed', 'trace', 'warn'],
    ]);
  });
});

describe('SIGHUP', () => {
  it('returns to the configured level', () => {
    const { levelAfter } = start('info');
    levelAfter('SIGUSR2');

    expect([levelAfter('SIGHUP'), levelAfter('SIGHUP')]).toEqual(['info', 'info']);
  });
});

describe('SIGUSR1', () => {
  it("has a listener, without which it would open Node's debugger, and changes nothing", () => {
    const { levelAfter, lines } = start('info');

    expect(levelAfter('SIGUSR1')).toBe('info');
    expect(lines).toEqual([]);
  });

  it('is one of the signals that are listened to', () => {
    const signals = new EventEmitter();
    changeLevelOnSignal(collectLog().log, signals);

    expect(signals.eventNames().sort()).toEqual(['SIGHUP', 'SIGUSR1', 'SIGUSR2']);
  });
});
