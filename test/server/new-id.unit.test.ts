// IDs of what is created: their form, and their order.
import { describe, expect, it, vi } from 'vitest';
import { newId } from '../../server/api/new-id.ts';

const many = () => Array.from({ length: 1000 }, () => newId());

describe('an ID', () => {
  it('is a version 7 UUID of its own', () => {
    const ids = many();

    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('sorts behind all that were made before, also within a millisecond and when the clock goes back', () => {
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 1000);
    const first = many();
    clock.mockReturnValue(Date.now() - 5000);
    const second = many();
    clock.mockRestore();

    expect([...first, ...second].toSorted()).toEqual([...first, ...second]);
  });
});
