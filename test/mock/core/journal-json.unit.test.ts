// The JSON of the requests in the journal, which is built once for all readers.
import { expect, it } from 'vitest';
import { Journal } from '../../../mock/core/journal/journal.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textsOf = (journal: Journal) => journal.serialized.map((each) => new TextDecoder().decode(each));

/** Records a request with this body, and a response. */
function record(journal: Journal, body: string) {
  const bytes = bytesOf(body);
  const response = { status: 201, headers: { 'x-request-id': 'a' }, body: { id: 'é' } };
  journal.complete(journal.begin('POST', '/x?y=1', { host: 'x' }), bytes, response, bytes.length);
}

it('is that of the listed requests', () => {
  const journal = new Journal();
  for (const body of ['', '{"b": 1, "a": 1e2}', `["${'€'.repeat(20_000)}"]`, '{']) record(journal, body);

  expect(textsOf(journal)).toEqual(journal.requests.map((each) => JSON.stringify(each)));
});

it('is built once for a request, however many requests come later', () => {
  const journal = new Journal();
  const large = JSON.stringify(Array.from({ length: 10_000 }, (_, index) => ({ [index]: 1 })));
  for (const body of ['{}', large]) record(journal, body);
  const [small, other] = journal.serialized;

  record(journal, '{}');

  expect(journal.serialized).toHaveLength(3);
  expect(journal.serialized[0]).toBe(small);
  expect(journal.serialized[1]).toBe(other);
});

it('is built again when a delayed request gets its response', () => {
  const journal = new Journal();
  const entry = journal.begin('POST', '/x', {});
  expect(textsOf(journal)).toEqual([]);
  journal.wait(entry, bytesOf('{}'));
  expect(textsOf(journal)).toEqual([expect.stringContaining('"response":null')]);

  journal.complete(entry, bytesOf('{}'), { status: 201, headers: {}, body: undefined }, 2);

  expect(textsOf(journal)).toEqual([expect.stringContaining('"response":{"status":201')]);
});

it('can be built one request at a time', () => {
  const journal = new Journal();
  for (const body of ['1', '2', '3']) record(journal, body);

  expect([0, 0, 0, 0].map((ms) => journal.serializeFor(ms))).toEqual([false, false, true, true]);
  record(journal, '4');
  expect(journal.serializeFor(0)).toBe(true);
});

it('has no request from before a reset', () => {
  const journal = new Journal();
  record(journal, '{}');
  expect(journal.serialized).toHaveLength(1);

  journal.clear('reset');

  expect(journal.serialized).toEqual([]);
});
