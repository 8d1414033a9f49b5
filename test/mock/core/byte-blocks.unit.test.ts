// The bytes in which the journal stores requests.
import { describe, expect, it } from 'vitest';
import { ByteBlocks, type Slice } from '../../../mock/core/journal/byte-blocks.ts';
import { Journal } from '../../../mock/core/journal/journal.ts';

const BLOCK_BYTES = 65_536;

const bytesOf = (text: string) => new TextEncoder().encode(text);
const read = ({ block, start, split, end }: Slice) =>
  [block.bytes.subarray(start, split), block.bytes.subarray(split, end)].map((each) => new TextDecoder().decode(each));

function write(blocks: ByteBlocks, text: string, body = ''): Slice {
  const slice = blocks.write(text, bytesOf(body));
  if (!slice) throw new Error('It is larger than a block.');
  return slice;
}

describe('ByteBlocks', () => {
  it('keeps texts and bodies apart, and each from the others', () => {
    const blocks = new ByteBlocks();
    const texts = Array.from({ length: 3000 }, (_, index) => [`text ${index} é€😀`, `body ${'x'.repeat(index % 97)}`]);
    const slices = texts.map(([text = '', body]) => write(blocks, text, body));

    expect(slices.map(read)).toEqual(texts);
  });

  it.each([
    ['a text of a whole block', 'x'.repeat(BLOCK_BYTES), ''],
    ['a body of a whole block', '', 'x'.repeat(BLOCK_BYTES)],
    ['characters of three bytes', '€'.repeat(BLOCK_BYTES / 4), 'x'.repeat(BLOCK_BYTES / 4)],
  ])('keeps %s, and what comes after it', (_, text, body) => {
    const blocks = new ByteBlocks();
    const all = [write(blocks, 'before'), write(blocks, text, body), write(blocks, 'after')];

    expect(all.map(read)).toEqual([
      ['before', ''],
      [text, body],
      ['after', ''],
    ]);
  });

  it.each([
    ['one character too many', 'x'.repeat(BLOCK_BYTES), 'x'],
    ['one byte too many', '€'.repeat(BLOCK_BYTES / 3), 'xx'],
  ])('drops a text that has %s for a block, and keeps later ones', (_, text, body) => {
    const blocks = new ByteBlocks();

    expect(blocks.write(text, bytesOf(body))).toBeUndefined();
    expect(read(write(blocks, 'after', 'it'))).toEqual(['after', 'it']);
  });

  it('uses a block again when all of its slices are freed, and no sooner', () => {
    const blocks = new ByteBlocks();
    const half = 'x'.repeat(BLOCK_BYTES / 2);
    const [first, second, third] = [write(blocks, half), write(blocks, half), write(blocks, half)];
    blocks.free(first);
    expect(write(blocks, half).block).toBe(third.block);
    const fifth = write(blocks, half);
    expect([first.block, third.block]).not.toContain(fifth.block);

    blocks.free(second);

    write(blocks, half);
    expect(write(blocks, half).block).toBe(first.block);
    expect(read(third)).toEqual([half, '']);
  });
});

describe('Journal', () => {
  it('has each of 1,000 requests as it was, whatever made room for it', () => {
    const journal = new Journal();
    const bodyOf = (index: number) => ({ index, text: 'é'.repeat((index * 31) % 600) });
    for (let index = 0; index < 7000; index++) {
      const body = bytesOf(JSON.stringify(bodyOf(index)));
      const entry = journal.begin('POST', `/${index}?x=${index}`, { 'x-index': index });
      journal.complete(entry, body, { status: 201, headers: {}, body: { id: index } }, body.length);
    }

    expect(journal.requests).toEqual(
      Array.from({ length: 1000 }, (_, at) => 6000 + at).map((index) => ({
        method: 'POST',
        path: `/${index}`,
        query: `x=${index}`,
        headers: { 'x-index': String(index) },
        body: bodyOf(index),
        violations: [],
        response: { status: 201, headers: {}, body: { id: index } },
      })),
    );
  });

  it.each(['{"amount":-0}', '{"amount":1e999}', '{"__proto__":1}', '"\\ud800"', '[1,null]', '\ufeff{}'])(
    'has a body as JSON.parse has it: %s',
    (text) => {
      const journal = new Journal();
      journal.complete(journal.begin('POST', '/x', {}), bytesOf(text), null, text.length);

      expect(journal.requests[0]?.body).toStrictEqual(JSON.parse(text.replace('\ufeff', '')));
    },
  );
});
