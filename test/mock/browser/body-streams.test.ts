// Bodies that are streams: the browser mock reads no more than the limit, and leaves time for others.
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createBrowserMock } from '../../../mock/browser/index.ts';
import { DEMO } from '../../support/http/http.ts';
import { MIB } from '../../support/units.ts';
import { VALID } from './create-request.ts';

const CHUNK = 65_536;
const TEXT = JSON.stringify(VALID);

type Body = NonNullable<ConstructorParameters<typeof Response>[0]>;

interface SendOptions {
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

function requestOf(body: Body, { headers, signal }: SendOptions = {}): Request {
  return new Request('https://app.test/api/customer-organizations', {
    method: 'POST',
    headers: { authorization: DEMO, 'content-type': 'application/json', ...headers },
    body,
    duplex: 'half',
    ...(signal && { signal }),
  });
}

const send = (body: Body, options?: SendOptions) => createBrowserMock().fetch(requestOf(body, options));

/** A stream without an end, whose chunks are available at once. */
function endless(chunk: Uint8Array) {
  const counts = { pulled: 0, cancelled: 0 };
  const body = new ReadableStream({
    pull(controller) {
      counts.pulled++;
      // A defect must end the test instead of blocking it.
      if (counts.pulled > 2_000_000) controller.close();
      else controller.enqueue(chunk);
    },
    cancel() {
      counts.cancelled++;
    },
  });
  return { body, counts };
}

/** A stream of these chunks. */
function streamOf(...chunks: unknown[]) {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

function* chunksOf(bytes: Uint8Array) {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('createBrowserMock with a stream as the body', () => {
  it.each([undefined, 'gzip', 'deflate', 'br'])(
    'stops at the limit of an endless body, with coding %s',
    async (coding) => {
      const { body, counts } = endless(new Uint8Array(CHUNK));

      const response = await send(body, coding === undefined ? {} : { headers: { 'content-encoding': coding } });

      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ error: { type: 'PayloadTooLarge' } });
      // The stream may have a chunk in its queue.
      expect(counts.pulled).toBeLessThanOrEqual(MIB / CHUNK + 2);
      await vi.waitFor(() => expect(counts.cancelled).toBe(1));
    },
  );

  it('stops at a single chunk over the limit', async () => {
    const { body, counts } = endless(new Uint8Array(MIB + 1));

    expect((await send(body)).status).toBe(413);
    expect(counts.pulled).toBeLessThanOrEqual(2);
  });

  it('accepts a body of exactly the limit, in chunks of any size', async () => {
    const padded = bytesOf(TEXT.padEnd(MIB));
    const sizes = [1, 2, 3, 1000, 65_536, MIB];
    const chunks = sizes.map((size, index) => padded.slice(sizes[index - 1] ?? 0, size));

    expect((await send(streamOf(...chunks))).status).toBe(201);
    expect((await send(streamOf(...chunks, new Uint8Array(1)))).status).toBe(413);
  });

  it('accepts a compressed body in chunks', async () => {
    const bytes = new Uint8Array(gzipSync(TEXT));

    const response = await send(streamOf(...Array.from(bytes, (_, index) => bytes.slice(index, index + 1))), {
      headers: { 'content-encoding': 'gzip' },
    });

    expect(response.status).toBe(201);
  });

  it('responds although the rest of the body cannot be cancelled', async () => {
    const cancel = [() => new Promise<void>(() => {}), () => Promise.reject(new Error('The source is broken.'))];
    for (const each of cancel) {
      const body = new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(CHUNK)),
        cancel: each,
      });

      expect((await send(body)).status).toBe(413);
    }
  });

  const random = randomBytes(2 * MIB);
  it.each([
    ['is decompressed', () => gzipSync(random.toString('hex').slice(0, 1.5 * MIB)), 'gzip'],
    ['is being compressed', () => new Blob([random]).stream().pipeThrough(new CompressionStream('gzip')), 'gzip'],
    ['is a stream of Node.js', () => Readable.toWeb(Readable.from(chunksOf(random))) as ReadableStream, undefined],
  ])('ends no process when it cancels a body over the limit that %s', async (_, bodyOf, coding) => {
    const uncaught = vi.fn();
    process.on('uncaughtException', uncaught);
    onTestFinished(() => void process.off('uncaughtException', uncaught));
    // After each chunk, as much time seems to have passed that reading lets other events run.
    let timeMs = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => {
      timeMs += 1000;
      return timeMs;
    });
    onTestFinished(() => void vi.restoreAllMocks());

    const response = await send(bodyOf(), { headers: { ...(coding && { 'content-encoding': coding }) } });
    await sleep(20);

    expect(response.status).toBe(413);
    expect(uncaught).not.toHaveBeenCalled();
  });

  it('lets timers run while an endless body of empty chunks arrives, and stops reading when aborted', async () => {
    const { body, counts } = endless(new Uint8Array(0));
    const aborting = new AbortController();
    const response = send(body, { signal: aborting.signal });
    setTimeout(() => aborting.abort(), 20);

    await expect(response).rejects.toMatchObject({ name: 'AbortError' });
    await vi.waitFor(() => expect(counts.cancelled).toBe(1));
    const { pulled } = counts;
    await new Promise((settle) => setTimeout(settle, 30));
    expect(counts.pulled).toBe(pulled);
  });

  it('lets timers run while a large body of tiny chunks arrives', async () => {
    const { body } = endless(new Uint8Array(1));
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    onTestFinished(() => clearInterval(timer));

    expect((await send(body)).status).toBe(413);
    expect(ticks).toBeGreaterThan(2);
  });

  it('reads bodies while timers are faked', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());

    expect((await send(streamOf(bytesOf(TEXT)))).status).toBe(201);
    expect((await send(endless(new Uint8Array(100)).body)).status).toBe(413);
  });

  it('rejects with the error of the stream', async () => {
    const error = new RangeError('The disk is gone.');
    const body = new ReadableStream({
      pull: (controller) => controller.error(error),
    });

    await expect(send(body)).rejects.toBe(error);
  });

  it.each([
    ['a text', TEXT],
    ['an ArrayBuffer', new ArrayBuffer(8)],
    ['a Float32Array', new Float32Array(2)],
  ])('rejects with a TypeError when a chunk is %s', async (_, chunk) => {
    await expect(send(streamOf(chunk))).rejects.toThrow(new TypeError('Received non-Uint8Array chunk'));
  });

  it.each([
    ['used', (request: Request) => request.text()],
    ['locked', (request: Request) => request.body?.getReader()],
  ])('rejects with the TypeError of the platform when the body is %s', async (_, use) => {
    const request = requestOf(TEXT);
    await use(request);

    await expect(createBrowserMock().fetch(request)).rejects.toThrow(TypeError);
    expect(request.body?.locked).toBe(true);
  });

  it('marks the body as used', async () => {
    const request = requestOf(TEXT);

    expect((await createBrowserMock().fetch(request)).status).toBe(201);
    expect(request.bodyUsed).toBe(true);
  });

  it('reads Blob, FormData and no body as before', async () => {
    const form = new FormData();
    form.append('a', 'b');
    const padded = new Blob([TEXT.padEnd(MIB)]);

    const responses = [await send(padded), await send(new Blob([padded, ' '])), await send(form), await send('')];

    expect(responses.map(({ status }) => status)).toEqual([201, 413, 400, 400]);
    expect(await responses[2]?.json()).toMatchObject({ error: { type: 'MalformedJson' } });
  });

  it('reads the body on platforms whose requests have no stream', async () => {
    const request = requestOf(TEXT);
    const tooLarge = requestOf(' '.repeat(MIB + 1));
    for (const each of [request, tooLarge]) Object.defineProperty(each, 'body', { value: undefined });
    const mock = createBrowserMock();

    expect([(await mock.fetch(request)).status, (await mock.fetch(tooLarge)).status]).toEqual([201, 413]);
  });
});
