// Raw connections: a test writes any bytes, and reads every received byte.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { DEMO, PATH } from './http.ts';

export interface RawConnection {
  socket: Socket;
  /** The bytes received so far. */
  received(): string;
  /** Resolves when `count` responses have been received. Rejects when the connection closes before. */
  responses(count: number): Promise<void>;
  /** Resolves with all received bytes when the connection is closed. */
  closed: Promise<string>;
}

export interface ConnectionOptions {
  allowHalfOpen?: boolean;
  /** The function of the test's context, for tests that run concurrently. */
  onFinished?: typeof onTestFinished;
}

/** Resolves when connected. The connection is closed after the test. */
export async function openConnection(
  url: string,
  { allowHalfOpen = false, onFinished = onTestFinished }: ConnectionOptions = {},
): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen });
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  // A reset connection also emits `close`.
  socket.on('error', () => {});
  const closed = new Promise<string>((settle) => socket.once('close', () => settle(text)));
  onFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return { socket, received: () => text, responses, closed };

  async function responses(count: number): Promise<void> {
    while (statusesIn(text).length < count) {
      const event = await Promise.race([once(socket, 'data'), closed]);
      if (typeof event === 'string') throw new Error(`The connection was closed after ${JSON.stringify(text)}.`);
    }
  }
}

export function statusesIn(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
}

/** The text of a request with the demo credentials. */
export function requestText(body: unknown, headers: Record<string, string> = {}): string {
  const payload = JSON.stringify(body);
  const all = {
    Host: 'localhost',
    Authorization: DEMO,
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(payload)),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`POST ${PATH} HTTP/1.1`, ...lines, '', payload].join('\r\n');
}
