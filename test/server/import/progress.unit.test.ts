// The progress of an import, on terminals and elsewhere.
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createProgress } from '../../../server/import/progress.ts';

/** Simulates an import of 10 bytes and two customers. Returns the output. */
function play(isTTY: boolean, environment: Record<string, string>): string {
  let text = '';
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    text += String(chunk);
    done();
  };
  const progress = createProgress(Object.assign(new Writable({ write }), { isTTY }), environment);
  progress.start('Reading', 10);
  progress.update(10, 2);
  progress.stop();
  return text;
}

const ESCAPE = '\u001b';

describe('createProgress', () => {
  it('redraws a bar on a terminal', () => {
    expect(play(true, { TERM: 'xterm' })).toContain(ESCAPE);
  });

  it.each([
    ['without a terminal', false, { TERM: 'xterm' }],
    ['on a dumb terminal', true, { TERM: 'dumb' }],
    ['with NO_COLOR', true, { TERM: 'xterm', NO_COLOR: '1' }],
  ])('writes whole lines %s', (_, isTTY, environment) => {
    expect(play(isTTY, environment)).toBe('Reading: 100 %, 2 customers\n');
  });
});
