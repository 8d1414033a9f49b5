// What Node's parser gets at once of what has arrived on a connection.
import { expect, it } from 'vitest';
import { Slices } from '../../../../server/http/connections/reading/slices.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const post = (body: string) => `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** The slices of one chunk. `onSlice` is called with each, as the parser would report what it finds. */
function sliceAll(text: string, slices = new Slices()): string[] {
  const chunk = Buffer.from(text, 'latin1');
  const all: string[] = [];
  for (let at = 0; at < chunk.length; ) {
    const slice = slices.next(chunk, at, false);
    all.push(slice.toString('latin1'));
    at += slice.length;
  }
  return all;
}

it('has the headers of two requests at most', () => {
  const slices = sliceAll(GET.repeat(2601));

  expect(slices).toEqual([...Array(1300).fill(GET.repeat(2)), GET]);
});

it('has a request with its body whole', () => {
  const request = post('{"ownerId":"x"}');

  expect(sliceAll(request)).toEqual([request]);
});

it('has a long header whole, with the body', () => {
  const request = `POST / HTTP/1.1\r\nContent-Length: 5\r\nX: ${'x'.repeat(3000)}\r\n\r\n12345`;

  expect(sliceAll(request)).toEqual([request]);
});

it('has a partial header whole, and 16 KiB of one that is longer', () => {
  const header = (length: number) => `GET / HTTP/1.1\r\nX: ${'x'.repeat(length)}`;

  expect(sliceAll(header(16_000))).toEqual([header(16_000)]);
  expect(sliceAll(header(40_000)).map(({ length }) => length)).toEqual([16_384, 16_384, 7_251]);
});

it('has 1 KiB of other requests behind a header at most', () => {
  const partial = `GET / HTTP/1.1\r\nX: ${'x'.repeat(3000)}`;

  expect(sliceAll(GET + partial).map(({ length }) => length)).toEqual([GET.length + 1024, partial.length - 1024]);
});

it('has 1 KiB of tiny chunks at most', () => {
  const slices = new Slices();
  slices.onRequest(0);
  slices.onBytes(1);
  const chunk = Buffer.from('1\r\nx\r\n'.repeat(1000));

  expect(slices.next(chunk, 0, true)).toHaveLength(1024);
});

it('has the rest of a body whole, whatever is in it', () => {
  const slices = new Slices();
  const body = GET.repeat(200);
  slices.onRequest(body.length);

  expect(sliceAll(body, slices)).toEqual([body]);
});

it('has the end of a short body and the two requests after it', () => {
  const slices = new Slices();
  const body = GET.repeat(10);
  slices.onRequest(body.length);
  const chunk = Buffer.from(body + GET.repeat(5));

  expect(slices.next(chunk, 0, false).toString()).toBe(body + GET.repeat(2));
});
