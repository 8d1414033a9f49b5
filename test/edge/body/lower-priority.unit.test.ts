// The lower priority of a thread, where the system has one.
import { getPriority, setPriority } from 'node:os';
import { describe, expect, it } from 'vitest';
import { lowerPriority } from '../../../server/edge/body/scan/lower-priority.ts';

describe('lowerPriority', () => {
  it('raises the nice value by ten', () => {
    const set: number[] = [];

    lowerPriority((priority) => set.push(priority), 'linux');

    expect(set).toEqual([Math.min(19, getPriority() + 10)]);
  });

  it('does nothing where the priority is that of the whole process', () => {
    const set: number[] = [];

    lowerPriority((priority) => set.push(priority), 'darwin');

    expect(set).toEqual([]);
  });

  it('does nothing where the system forbids it', () => {
    // No process has this ID.
    const fail = (priority: number) => setPriority(2 ** 22 + 1, priority);
    expect(() => fail(0)).toThrow('uv_os_setpriority');

    expect(() => lowerPriority(fail, 'linux')).not.toThrow();
  });

  it('throws other errors', () => {
    const fail = () => {
      throw new TypeError('faulty');
    };

    expect(() => lowerPriority(fail, 'linux')).toThrow('faulty');
  });
});
