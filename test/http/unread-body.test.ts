// An unwanted body is not read much further than the contract's limit, whatever its header announces.
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { PATH } from '../support/http/http.ts';
import { BOTH, createText, type LoggedTarget, readResponses } from '../support/http/raw-http.ts';
import { MIB } from '../support/units.ts';

const KEPT = { Connection: 'keep-alive' };
/** The bytes that may be read, including the buffers of both systems. */
const MAX_SENT = 24 * MIB;

/** Sends endlessly until the server accepts no more. Resolves with the response and the number of bytes. */
async function flood(url: string, head: string, unit: string): Promise<{ text: string; sent: number }> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk))).on('error', () => {});
  const block = Buffer.from(unit.repeat(Math.ceil(65_536 / unit.length)));
  const send = () => {
    if (socket.destroyed || socket.bytesWritten > 4 * MAX_SENT) socket.destroy();
    else socket.write(block, () => setImmediate(send));
  };
  socket.write(head, send);
  await new Promise((settle) => socket.once('close', settle));
  return { text, sent: socket.bytesWritten };
}

const declared = (headers: Record<string, string> = {}) =>
  createText('', { 'Content-Length': '1000000000000', ...KEPT, ...headers });
const chunked = (headers: Record<string, string> = {}) =>
  createText('', { ...KEPT, ...headers }).replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked');

const NOBODY = { Authorization: 'none' };
const PROBE = (text: string) => text.replace(`POST ${PATH}`, 'GET /livez');
const FLOODS: [name: string, status: number, head: string, unit: string][] = [
  ['401, Content-Length', 401, declared(NOBODY), ' '],
  ['401, one chunk after the other', 401, chunked(NOBODY), `f000\r\n${' '.repeat(0xf000)}\r\n`],
  ['401, one chunk without an end', 401, chunked(NOBODY).concat('fffffffff\r\n'), ' '],
  ['404, Content-Length', 404, declared().replace(PATH, '/x'), ' '],
  ['405, Content-Length', 405, declared().replace('POST', 'PUT'), ' '],
  ['405, one chunk after the other', 405, chunked().replace('POST', 'PUT'), `f000\r\n${' '.repeat(0xf000)}\r\n`],
  ['413, Content-Length', 413, declared(), ' '],
  ['413, one chunk after the other', 413, chunked(), `f000\r\n${' '.repeat(0xf000)}\r\n`],
  ['415, Content-Length', 415, declared({ 'Content-Type': 'text/plain' }), ' '],
];

describe.each(BOTH)('%s', (name, start) => {
  let target: LoggedTarget;
  beforeAll(async () => {
    target = await start();
  });
  afterAll(() => target.close());

  it.each(FLOODS)('responds to a body without an end, and stops reading it: %s', async (_, status, head, unit) => {
    const { text, sent } = await flood(target.url, head, unit);

    expect(readResponses(text, [/^\w+/.exec(head)?.[0] ?? ''])).toEqual([expect.objectContaining({ status })]);
    expect(sent).toBeLessThan(MAX_SENT);
  });

  it('keeps the connection when a rejected body is not much over the limit', async () => {
    const first = declared({ 'Content-Length': String(3 * MIB), ...NOBODY }) + ' '.repeat(3 * MIB);
    const { text } = await exchangeAll(target.url, first + createText('{}', { ...NOBODY, Connection: 'close' }));

    expect(readResponses(text, ['POST', 'POST']).map(({ status }) => status)).toEqual([401, 401]);
  });

  it('says that it closes before the end of a body of chunks, and reads on', async () => {
    const first = `${chunked(NOBODY)}300000\r\n${' '.repeat(3 * MIB)}\r\n0\r\n\r\n`;
    const { text } = await exchangeAll(target.url, first + createText('{}', NOBODY));

    expect(readResponses(text, ['POST'])).toMatchObject([{ status: 401, headers: { connection: 'close' } }]);
  });

  if (name === 'the server')
    it('responds to a probe with a body without an end, and stops reading it', async () => {
      const { text, sent } = await flood(target.url, PROBE(declared()), ' ');

      expect(readResponses(text, ['GET'])).toEqual([expect.objectContaining({ status: 200 })]);
      expect(sent).toBeLessThan(MAX_SENT);
    });
});

async function exchangeAll(url: string, bytes: string): Promise<{ text: string }> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk))).on('error', () => {});
  socket.write(bytes);
  await new Promise((settle) => socket.once('close', settle));
  return { text };
}
