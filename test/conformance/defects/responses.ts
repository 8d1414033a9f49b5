// Makes the responses of defective implementations, and reads their requests.
import { randomUUID } from 'node:crypto';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import type { ProxyRequest, ProxyResponse } from './rewriting-proxy.ts';

/** An error response in the form of the contract. */
export function errorResponse(status: number, type: string, more: Record<string, string> = {}): ProxyResponse {
  return {
    status,
    headers: {
      ...{ 'content-type': 'application/json', 'sequence-version': '2024-07-30', 'x-request-id': randomUUID() },
      ...more,
    },
    body: JSON.stringify({ error: { type, message: 'The request was rejected.' } }),
  };
}

const DECOMPRESS: Record<string, (bytes: Buffer) => Buffer> = {
  ...{ gzip: gunzipSync, deflate: inflateSync, br: brotliDecompressSync, zstd: zstdDecompressSync },
};

/** The text of the body after decompression; undefined when it is malformed. */
export function readBody({ headers, body }: ProxyRequest): string | undefined {
  const bytes = Buffer.from(body, 'latin1');
  const decompress = DECOMPRESS[headers['content-encoding']?.toLowerCase() ?? ''];
  try {
    return (decompress ? decompress(bytes) : bytes).toString();
  } catch {
    return undefined;
  }
}

export interface Sent {
  ownerId: string;
  memberIds: string[];
}

/** The parsed body of a valid request. */
export function readSent(request: ProxyRequest): Sent | undefined {
  try {
    const value: unknown = JSON.parse(readBody(request) ?? '');
    return isSent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isSent(value: unknown): value is Sent {
  if (typeof value !== 'object' || value === null || !('ownerId' in value) || !('memberIds' in value)) return false;
  const { ownerId, memberIds } = value;
  return typeof ownerId === 'string' && Array.isArray(memberIds) && memberIds.every((id) => typeof id === 'string');
}

/** The type of an error response. */
export function typeOf({ status, body }: ProxyResponse): string | undefined {
  return status < 400 ? undefined : /"type":"(\w+)"/.exec(body.toString())?.[1];
}
