// What JSON.parse alone takes: node:http, decompression up to the limit of a body, and JSON.parse, without validation.
import { createServer } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { limits } from '../../../generated/limits.ts';

const DECODERS = { br: brotliDecompressSync, deflate: inflateSync, gzip: gunzipSync, zstd: zstdDecompressSync };

function describe(sent: Buffer, coding: string | undefined): string {
  const [, decode] = Object.entries(DECODERS).find(([name]) => name === coding) ?? [];
  try {
    JSON.parse(String(decode ? decode(sent, { maxOutputLength: limits.requestBodyBytes }) : sent));
    return 'JSON';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.stringify({ message: describe(Buffer.concat(chunks), request.headers['content-encoding']) });
    response.writeHead(400, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') console.log(`http://127.0.0.1:${address?.port}/api`);
});
