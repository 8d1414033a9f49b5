// Files are read in blocks of whole lines, with limits for their number and size.
import { describe, expect, it } from 'vitest';
import { type LineBlock, readLineBlocks } from '../../../server/import/line-blocks.ts';

async function blocksOf(chunks: string[]): Promise<LineBlock[]> {
  const source = async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  };
  const blocks: LineBlock[] = [];
  for await (const block of readLineBlocks(source(), () => undefined)) blocks.push(block);
  return blocks;
}

describe('readLineBlocks', () => {
  it('yields at most 4,096 lines at once, with their numbers', async () => {
    const blocks = await blocksOf(['x\n'.repeat(10_000), 'y\r\nz']);

    expect(blocks.map(({ firstLine, text }) => [firstLine, text.split('\n').length])).toEqual([
      [1, 4096],
      [4097, 4096],
      [8193, 1808],
      [10_001, 1],
      [10_002, 1],
    ]);
    expect(blocks.slice(-2).map(({ text }) => text)).toEqual(['y', 'z']);
  });

  it('yields every line once, wherever chunks end', async () => {
    const text = Array.from({ length: 9000 }, (_, line) => 'x'.repeat(line % 5)).join('\n');
    const chunks = Array.from({ length: Math.ceil(text.length / 997) }, (_, at) =>
      text.slice(at * 997, (at + 1) * 997),
    );

    expect((await blocksOf(chunks)).map((block) => block.text).join('\n')).toBe(text);
  });
});
