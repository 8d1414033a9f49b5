// Bodies that the mock as a function reads: their size, and how they are compressed.
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createBrowserMock } from '../../../mock/browser/index.ts';
import { MIB } from '../../support/units.ts';
import { create, VALID } from './create-request.ts';

describe('createBrowserMock', () => {
  it('rejects a body over the limit, also when it is compressed', async () => {
    const mock = createBrowserMock();
    const stream = new Blob([' '.repeat(2 * MIB)]).stream().pipeThrough(new CompressionStream('gzip'));
    const compressed = Buffer.from(await new Response(stream).arrayBuffer());

    const plain = await create(mock, { body: ' '.repeat(MIB + 1) });
    const gzip = await create(mock, { body: compressed, headers: { 'content-encoding': 'gzip' } });

    expect([plain.status, gzip.status]).toEqual([413, 413]);
  });

  it('finds the end of a member of gzip that has the first bytes of one in its header', async () => {
    const start = gzipSync(' ');
    // The extra field has three bytes (RFC 1952, section 2.3.1.1).
    const extra = Buffer.from([3, 0, 0x1f, 0x8b, 8]);
    const flags = Buffer.from([4]);
    const first = Buffer.concat([start.subarray(0, 3), flags, start.subarray(4, 10), extra, start.subarray(10)]);

    const body = Buffer.concat([first, gzipSync(''), gzipSync(JSON.stringify(VALID))]);
    const response = await create(createBrowserMock(), { body, headers: { 'content-encoding': 'gzip' } });

    expect(response.status).toBe(201);
  });

  it.each([
    ['what follows is none', Buffer.from('junk')],
    ['what follows begins like one', Buffer.from('\x1f\x8b\bjunk', 'latin1')],
    ['the last one is cut off', gzipSync(' '.repeat(50)).subarray(0, -1)],
  ])('returns 400 for members of gzip of which %s', async (_, rest) => {
    const body = Buffer.concat([gzipSync(JSON.stringify(VALID)), rest]);

    const response = await create(createBrowserMock(), { body, headers: { 'content-encoding': 'gzip' } });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { type: 'MalformedJson', message: 'The body is not valid gzip.' },
    });
  });

  it('accepts 100 members of gzip, and returns 400 for more places where one may begin', async () => {
    const empty = Buffer.concat(Array.from({ length: 99 }, () => gzipSync('')));
    const text = gzipSync(JSON.stringify(VALID));
    const forged = Buffer.concat([text, Buffer.from('\x1f\x8b\b'.repeat(300_000), 'latin1')]);
    const send = (body: Buffer) => create(createBrowserMock(), { body, headers: { 'content-encoding': 'gzip' } });

    const responses = [
      await send(Buffer.concat([empty, text])),
      await send(Buffer.concat([empty, gzipSync(''), text])),
      await send(forged),
    ];

    expect(responses.map(({ status }) => status)).toEqual([201, 400, 400]);
    for (const response of responses.slice(1))
      expect(await response.json()).toMatchObject({
        error: { type: 'MalformedJson', message: expect.stringMatching(/^The body has over 100 members of gzip, or/) },
      });
  });

  it.each([
    ['zstd', [], 'gzip, deflate, br'],
    ['br', ['brotli', 'zstd'], 'gzip, deflate'],
  ])('returns 415 for a valid body in %s where the platform cannot decompress it', async (coding, lacking, known) => {
    const Original = DecompressionStream;
    vi.stubGlobal(
      'DecompressionStream',
      class extends Original {
        constructor(format: 'gzip') {
          if (lacking.some((each) => each === format)) throw new TypeError('Unsupported format.');
          super(format);
        }
      },
    );
    onTestFinished(() => void vi.unstubAllGlobals());
    const compress = coding === 'br' ? brotliCompressSync : zstdCompressSync;

    const body = compress(JSON.stringify(VALID));
    const response = await create(createBrowserMock(), { body, headers: { 'content-encoding': coding } });

    expect([response.status, response.headers.get('accept-encoding')]).toEqual([415, known]);
    expect(await response.json()).toMatchObject({
      error: {
        type: 'UnsupportedMediaType',
        message: `The Content-Encoding of the body is not supported. Use one of ${known}, or none.`,
      },
    });
  });
});
