// Attacks memory and connections, from a process of its own: `node attacks.ts NAME URL [AUTHORIZATION]`. Prints
// `holding` when everything is sent, and ends with its standard input.
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { SAMPLE_CUSTOMERS } from '../../../server/demo/demo.ts';
import { DEMO, gzipBomb, PATH } from '../../support/http/http.ts';
import { MIB } from '../../support/units.ts';

/** The largest body, without its last byte. */
const BLANKS = Buffer.alloc(MIB - 1, ' ');
/** The number of connections that are opened at once, which is less than the backlog of a listener. */
const CONNECTING = 200;
const OWNER = SAMPLE_CUSTOMERS[0]?.id ?? '';

interface Options {
  /** Whether to read responses. Default: false. */
  reads?: boolean;
}

/** Resolves when the socket is connected or closed, because a server may refuse it. */
function open(url: URL, { reads = false }: Options = {}): Promise<Socket> {
  const socket = connect({ host: url.hostname, port: Number(url.port) });
  if (reads) socket.resume();
  else socket.pause();
  socket.on('error', () => undefined);
  return new Promise((settle) => {
    socket.once('connect', () => settle(socket));
    socket.once('close', () => settle(socket));
  });
}

/** Opens `count` connections and does the same on each. Resolves when all of them have done it, or were closed. */
async function onEach(
  url: URL,
  count: number,
  act: (socket: Socket, index: number) => Promise<void> | void,
  options?: Options,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) await act(await open(url, options), index);
  };
  await Promise.all(Array.from({ length: Math.min(CONNECTING, count) }, worker));
}

/** Resolves when the system has taken the bytes, or the connection is closed. */
function write(socket: Socket, bytes: string | Uint8Array): Promise<void> {
  return new Promise((settle) => {
    if (socket.destroyed) return settle();
    socket.once('close', settle);
    socket.write(bytes, () => {
      socket.off('close', settle);
      settle();
    });
  });
}

/** The header of a create, up to its empty line. */
function header(fields: Record<string, string | number>, authorization = DEMO): string {
  const all = { Host: 'localhost', Authorization: authorization, 'Content-Type': 'application/json', ...fields };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`POST ${PATH} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}

const post = (body: string | Uint8Array, fields: Record<string, string | number> = {}) =>
  Buffer.concat([
    Buffer.from(header({ 'Content-Length': Buffer.byteLength(body), ...fields })),
    typeof body === 'string' ? Buffer.from(body) : body,
  ]);

/** A body of 10,000 unknown members (390 KB), which is rejected with a line for each of them. */
const strangers = () =>
  JSON.stringify({
    ownerId: OWNER,
    memberIds: Array.from({ length: 10_000 }, (_, n) => `e309e948-088e-4d77-b654-${String(n).padStart(12, '0')}`),
  });

const ONE_BYTE_CHUNK = '1\r\nx\r\n';

/** A body in chunks of one byte, up to the byte before the limit. */
const oneByteChunks = (count: number, authorization?: string) => (url: URL) =>
  onEach(url, count, async (socket) => {
    await write(socket, header({ 'Transfer-Encoding': 'chunked' }, authorization));
    const part = Buffer.from(ONE_BYTE_CHUNK.repeat(MIB / 64));
    for (let sent = 0; sent < 63; sent++) await write(socket, part);
  });

const pipelined = (count: number, path: string, each: number) => (url: URL) => {
  const requests = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(each));
  return onEach(url, count, (socket) => write(socket, requests));
};

/** Sends the last bytes of all bodies at once. */
const together = (count: number, body: Uint8Array, fields: Record<string, string | number> = {}) => {
  return async (url: URL) => {
    const sockets: Socket[] = [];
    await onEach(url, count, async (socket) => {
      sockets.push(socket);
      await write(socket, header({ 'Content-Length': body.length, ...fields }));
      await write(socket, body.subarray(0, -1));
    });
    for (const socket of sockets) socket.write(body.subarray(-1));
  };
};

const filled = (open: string, close: string, item: string, size = MIB) => {
  const count = Math.floor((size - open.length - close.length + 1) / (item.length + 1));
  return Buffer.from(open + Array<string>(count).fill(item).join(',') + close);
};

const manyNames = () => {
  const names = Array.from({ length: 95_000 }, (_, n) => `"${n.toString(36).padStart(5, 'a')}":1`);
  return Buffer.from(`{${names.join(',')}}`);
};

const shortHeaders = (count: number) =>
  Array.from({ length: count }, (_, n) => `${n.toString(36).padStart(3, 'a')}: \r\n`).join('');

const sendHalfHeader = (socket: Socket) => write(socket, 'POST /api/customer-organizations HTTP/1.1\r\nHo');

/** Reconnects whenever the server closes the connection. */
async function keepHalfHeader(url: URL, socket: Socket): Promise<void> {
  await sendHalfHeader(socket);
  const again = async () => keepHalfHeader(url, await open(url, { reads: true }));
  if (socket.closed) setTimeout(again, 10);
  else socket.resume().once('close', () => setTimeout(again, 10));
}

/** Opens 100 connections at a time that send eight creates of 9 KB each and close at once, without end. */
async function closeAtOnce(url: URL, authorization?: string): Promise<void> {
  const body = JSON.stringify({ ownerId: OWNER, memberIds: Array<string>(230).fill(OWNER) });
  const creates = (header({ 'Content-Length': Buffer.byteLength(body) }, authorization) + body).repeat(8);
  const openAgain = async (): Promise<void> => {
    const socket = await open(url, { reads: true });
    await write(socket, creates);
    socket.destroySoon();
    setImmediate(openAgain);
  };
  for (let count = 0; count < 100; count++) void openAgain();
  await sleep(2000);
}

/** Sends the same again and again on this number of connections, and connects again where one is closed. */
async function endless(url: URL, connections: number, seconds: number, bytes: Buffer): Promise<void> {
  const endMs = performance.now() + seconds * 1000;
  const sendUntilEnd = async () => {
    let socket = await open(url, { reads: true });
    while (performance.now() < endMs) {
      if (socket.destroyed) socket = await open(url, { reads: true });
      await write(socket, bytes);
    }
  };
  await Promise.all(Array.from({ length: connections }, sendUntilEnd));
}

/** Opens 200 connections that send one body after the other without a pause for 30 s. */
const endlessBodies = (authorization?: string) => (url: URL) => {
  const body = Buffer.alloc(900_000, ' ');
  const one = Buffer.concat([Buffer.from(header({ 'Content-Length': body.length }, authorization)), body]);
  return endless(url, CONNECTING, 30, one);
};

const ATTACKS: Record<string, (url: URL, authorization?: string) => Promise<void>> = {
  'one-byte-chunks-1': oneByteChunks(1),
  'one-byte-chunks-8': oneByteChunks(8),
  'one-byte-chunks-64': oneByteChunks(64),
  'one-byte-chunks-64-no-key': oneByteChunks(64, 'none'),
  'one-byte-chunks-site': (url) =>
    onEach(url, 64, async (socket) => {
      await write(socket, 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
      for (let sent = 0; sent < 64; sent++) await write(socket, ONE_BYTE_CHUNK.repeat(MIB / 64));
    }),
  'pipelined-site': pipelined(1500, '/', 200),
  'pipelined-site-many': pipelined(1500, '/', 2500),
  'pipelined-metrics': pipelined(1500, '/metrics', 200),
  'pipelined-404': pipelined(1500, '/nothing', 250),
  'pipelined-openapi': pipelined(1500, '/openapi.json', 200),
  'pipelined-rejections': (url) => {
    const body = strangers();
    return onEach(url, 400, async (socket) => {
      for (let sent = 0; sent < 16; sent++) await write(socket, post(body));
    });
  },
  'rejections-unread': (url) => {
    const request = post(strangers());
    return onEach(url, 2000, (socket) => write(socket, request));
  },
  'pipelined-creates': (url) => {
    const request = post(JSON.stringify({ ownerId: OWNER, memberIds: [] })).toString();
    const requests = Buffer.from(request.repeat(200));
    return onEach(url, 1500, (socket) => write(socket, requests));
  },
  'unfinished-bodies': (url) =>
    onEach(url, 3000, async (socket) => {
      await write(socket, header({ 'Content-Length': MIB }));
      await write(socket, BLANKS);
    }),
  'unfinished-bodies-no-key': (url) =>
    onEach(url, 3000, async (socket) => {
      await write(socket, header({ 'Content-Length': MIB }, 'none'));
      await write(socket, BLANKS);
    }),
  'endless-bodies': endlessBodies(),
  'endless-bodies-no-key': endlessBodies('none'),
  'endless-empty-lines': (url) => endless(url, 2000, 5, Buffer.from('\r\n'.repeat(30_000))),
  'unfinished-small-bodies': (url) =>
    onEach(url, 9900, async (socket) => {
      await write(socket, header({ 'Content-Length': 20_000 }));
      await write(socket, BLANKS.subarray(0, 16_000));
    }),
  'no-body-yet': (url) => onEach(url, 9900, (socket) => write(socket, header({ 'Content-Length': 20_000 }))),
  'gzip-bombs': together(256, gzipBomb(200), { 'Content-Encoding': 'gzip' }),
  'gzip-nested': together(256, gzipSync(Buffer.from('['.repeat(MIB / 2) + ']'.repeat(MIB / 2))), {
    'Content-Encoding': 'gzip',
  }),
  'brotli-nested': together(256, brotliCompressSync(filled('[', ']', '{}')), { 'Content-Encoding': 'br' }),
  'half-headers-16k': (url) =>
    onEach(url, 9900, (socket) => write(socket, `GET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(16_000)}`)),
  'half-headers-short': (url) => {
    const part = Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\n${shortHeaders(1900)}`);
    return onEach(url, 9900, (socket) => write(socket, part));
  },
  'half-headers-behind-a-request': (url) =>
    onEach(url, 9900, (socket) =>
      write(socket, `GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(16_000)}`),
    ),
  // `npm run bench -- slots` runs two of these processes.
  'slots-half-header': (url) => onEach(url, 6000, sendHalfHeader),
  'slots-half-header-again': (url) => onEach(url, 6000, (socket) => keepHalfHeader(url, socket)),
  'slots-close-at-once': closeAtOnce,
  'header-lists': (url) => {
    const whole = Buffer.from(header({ 'Content-Length': 100 }).replace(/\r\n$/, `${shortHeaders(1900)}\r\n`));
    return onEach(url, 9900, (socket) => write(socket, whole));
  },
  idle: (url) => onEach(url, 9900, () => undefined),
  'idle-after-a-response': (url) =>
    onEach(url, 9900, (socket) => write(socket, 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'), { reads: true }),
  'slow-readers': (url) => onEach(url, 3000, (socket) => write(socket, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')),
  'aborted-uploads': async (url) => {
    for (let round = 0; round < 10; round++)
      await onEach(url, 200, async (socket) => {
        await write(socket, header({ 'Content-Length': MIB }));
        await write(socket, BLANKS);
        socket.resetAndDestroy();
      });
  },
  'parsed-nested': together(64, Buffer.from('['.repeat(MIB / 2) + ']'.repeat(MIB / 2))),
  'parsed-objects': together(64, filled('[', ']', '{}')),
  'parsed-arrays': together(64, filled('[', ']', '[]')),
  'parsed-numbers': together(64, filled('[', ']', '1.5')),
  'parsed-names': together(64, manyNames()),
  'parsed-wide-text': together(64, filled('["€', '"]', 'x')),
  'parsed-members': together(
    64,
    filled(`{"ownerId":"${OWNER}","memberIds":[`, ']}', `"${SAMPLE_CUSTOMERS[1]?.id}"`, 380_000),
  ),
};

const [name = '', url = '', authorization] = process.argv.slice(2);
if (name === '--list') console.log(Object.keys(ATTACKS).join('\n'));
else {
  await ATTACKS[name]?.(new URL(url), authorization);
  console.log('holding');
  process.stdin.resume().on('end', () => process.exit());
}
