// Buffers of bodies and responses: whole, and released at once.
import { describe, expect, it } from 'vitest';
import { BodyBlocks } from '../../../server/edge/body/body-blocks.ts';
import { copyBlocks } from '../../../server/edge/body/decode-blocks.ts';
import { allocateLarge, freeMemory, movableMemory } from '../../../server/edge/body/large-buffer.ts';
import { MemoryBudget } from '../../../server/edge/memory/memory-budget.ts';
import { RequestMemory } from '../../../server/edge/memory/request-memory.ts';

describe('allocateLarge', () => {
  it.each([1, 4095, 32_767, 32_768, 1_048_576])('returns a buffer of %i bytes that can be written', (size) => {
    const buffer = allocateLarge(size);

    buffer.fill('é');

    expect(buffer).toHaveLength(size);
    expect(buffer.toString('latin1', 0, 1)).toBe('\xc3');
  });
});

describe('freeMemory', () => {
  it.each([4096, 32_768, 1_048_576])('releases %i bytes', (size) => {
    const buffer = allocateLarge(size);

    freeMemory(buffer);

    expect(buffer.byteLength).toBe(0);
  });

  it('does not release memory that others share', () => {
    const whole = allocateLarge(100_000);

    freeMemory(whole.subarray(0, 50_000));

    expect(whole).toHaveLength(100_000);
  });
});

describe('movableMemory', () => {
  it('is that of a buffer that has memory of its own', () => {
    const buffer = allocateLarge(100_000);

    expect(movableMemory(buffer)).toBe(buffer.buffer);
  });

  it.each([10, 50_000])('is a copy of %i bytes of memory that others share', (size) => {
    const whole = allocateLarge(100_000).fill('abc');
    const part = whole.subarray(1, size + 1);

    const memory = movableMemory(part);

    expect(Buffer.from(memory).equals(part)).toBe(true);
    expect(memory).not.toBe(whole.buffer);
  });
});

describe('BodyBlocks', () => {
  it.each([100, 5000, 65_536, 200_001])('joins chunks to %i bytes, whatever their sizes', (size) => {
    const sent = Buffer.from(Array.from({ length: size }, (_, index) => index % 251));
    const fill = () => {
      const blocks = new BodyBlocks(new RequestMemory(new MemoryBudget(10_000_000)), 1_048_576);
      for (let at = 0, length = 1; at < size; at += length++)
        blocks.append(Buffer.from(sent.subarray(at, at + length)));
      return blocks;
    };

    const blocks = fill();
    expect(blocks.join().equals(sent)).toBe(true);
    expect(blocks.join()).toBe(blocks.join());
    expect(copyBlocks(fill().takeAll(), size, Buffer.alloc(size + 1)).equals(sent)).toBe(true);
  });
});
