// The memory of bodies that the journal no longer keeps.
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createBrowserMock } from '../../../mock/browser/index.ts';
import { Journal } from '../../../mock/core/journal/journal.ts';
import { versionHeaders } from '../../support/contract/tested-version.ts';
import { DEMO, PATH } from '../../support/http/http.ts';
import { create, mock, start } from './controlled-mock.ts';

/** Large enough for the journal to keep three. */
const BYTES = 1_000_000;
const COUNT = 6;

const textOf = (index: number) => JSON.stringify({ index, text: 'x'.repeat(BYTES) });

/** The bodies that were given to the journal, in the order of arrival. */
const given: Uint8Array[] = [];

beforeEach(() => {
  const { complete, wait } = Journal.prototype;
  vi.spyOn(Journal.prototype, 'complete').mockImplementation(function (this: Journal, ...args) {
    const [entry, body] = args;
    if (body && !entry.isComplete) given.push(body);
    return complete.apply(this, args);
  });
  vi.spyOn(Journal.prototype, 'wait').mockImplementation(function (this: Journal, ...args) {
    if (args[1]) given.push(args[1]);
    return wait.apply(this, args);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  given.length = 0;
});

it.each([
  ['plain', (text: string) => ({ body: text })],
  ['gzip', (text: string) => ({ body: gzipSync(text), headers: { 'content-encoding': 'gzip' } })],
])('is freed at once, and that of the others is kept: %s', async (_, encode) => {
  await start();

  for (let index = 0; index < COUNT; index++) expect((await create(encode(textOf(index)))).status).toBe(400);

  const { requests, droppedRequests } = mock;
  expect(droppedRequests).toBe(3);
  expect(given.map(({ length }) => length)).toEqual([0, 0, 0, ...Array(3).fill(textOf(0).length)]);
  expect(requests.map(({ body }) => body)).toEqual([3, 4, 5].map((index) => JSON.parse(textOf(index))));
});

it('is freed while the response is delayed, and does not affect it', async () => {
  await start();
  mock.next({ delayMs: 200 });
  const delayed = create({ body: textOf(0) });
  await mock.waitForRequest(({ body }) => body !== undefined);

  for (let index = 1; index < COUNT; index++) await create({ body: textOf(index) });

  expect(given[0]).toHaveLength(0);
  expect((await delayed).status).toBe(400);
});

it('is left to the page in a browser', async () => {
  const { fetch } = createBrowserMock();
  const chunks = Array.from({ length: COUNT }, (_, index) => new TextEncoder().encode(textOf(index)));

  for (const chunk of chunks) {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(chunk);
        controller.close();
      },
    });
    const headers = { authorization: DEMO, 'content-type': 'application/json', ...versionHeaders };
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', headers, body, duplex: 'half' };
    expect((await fetch(`http://localhost${PATH}`, init)).status).toBe(400);
  }

  expect(chunks.map(({ length }) => length)).toEqual(Array(COUNT).fill(textOf(0).length));
});
