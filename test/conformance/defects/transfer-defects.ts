// Implementations that read what HTTP allows wrongly: codings, chunks, `Expect`, connections.
import { constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { errorResponse, readBody } from './responses.ts';
import type { Defect, ProxyRequest, Rewrite } from './rewriting-proxy.ts';

const MIB = 1_048_576;

const define = (name: string, rewrite: Rewrite, rule = 'transfer'): Defect => ({ name, rule, ...rewrite });

const rejectsCoding = (isRejected: (coding: string) => boolean): Rewrite => ({
  request({ headers }) {
    const coding = headers['content-encoding'];
    if (coding !== undefined && isRejected(coding)) headers['content-encoding'] = 'x-unknown';
  },
});

/** Removes the padding of bodies that are too large, under this condition. */
const acceptsLarge = (isAccepted: (request: ProxyRequest) => boolean): Rewrite => ({
  request(request) {
    if (!isAccepted(request)) return;
    const text = readBody(request)?.trimEnd();
    if (text === undefined) return;
    delete request.headers['content-encoding'];
    request.body = text;
  },
});

/** Decompresses incomplete data, as in the documentation of Node's zlib. */
const UNFINISHED = { finishFlush: constants.Z_SYNC_FLUSH };

/** Decodes a coding with this function, if it can. */
const decompresses = (coding: string, read: (bytes: Buffer) => Buffer): Rewrite => ({
  request(request) {
    if (request.headers['content-encoding'] !== coding || request.body === '') return;
    try {
      request.body = read(Buffer.from(request.body, 'latin1')).toString('latin1');
      delete request.headers['content-encoding'];
    } catch {
      // The reference server rejects it.
    }
  },
});

const isChunked = ({ headers }: ProxyRequest) => headers['transfer-encoding'] !== undefined;

/** A missing response violates more than the rule of its case. */
const losesRequests = (name: string, rewrite: Rewrite): Defect => ({
  ...define(name, rewrite, 'response'),
  shownBy: 'transfer',
});

export const TRANSFER_DEFECTS: Defect[] = [
  ...['gzip', 'deflate', 'br', 'zstd'].map((coding) =>
    define(
      `rejects ${coding}`,
      rejectsCoding((name) => name === coding),
    ),
  ),
  define(
    'reads names of codings in lower case only',
    rejectsCoding((name) => name !== name.toLowerCase()),
  ),
  define('rejects gzip with the name of a file', {
    request(request) {
      if (request.headers['content-encoding'] === 'gzip' && request.body.charCodeAt(3) === 8) request.body = '';
    },
  }),
  define('reads the first member of gzip only', {
    request(request) {
      const second = request.body.indexOf('\u001f\u008b\b', 10);
      if (request.headers['content-encoding'] === 'gzip' && second > 0) request.body = request.body.slice(0, second);
    },
  }),
  define('rejects zstd without the size of its content', {
    request(request) {
      // The flags for the content size and for a single segment (RFC 8878, section 3.1.1.1.1).
      const isSized = (request.body.charCodeAt(4) & 0b1110_0000) !== 0;
      if (request.headers['content-encoding'] === 'zstd' && !isSized) request.body = '';
    },
  }),
  define('returns 500 for a body that cannot be decompressed', {
    async handle(request, forward) {
      return readBody(request) === undefined ? errorResponse(500, 'InternalError') : forward(request);
    },
  }),
  define('returns 500 for a body that is empty after decompression', {
    async handle(request, forward) {
      return request.headers['content-encoding'] === 'gzip' && readBody(request)?.length === 0
        ? errorResponse(500, 'InternalError')
        : forward(request);
    },
  }),
  define(
    'accepts gzip without its end',
    decompresses('gzip', (bytes) => gunzipSync(bytes, UNFINISHED)),
  ),
  define(
    'ignores the checksum of gzip',
    decompresses('gzip', (bytes) => inflateRawSync(bytes.subarray(10))),
  ),
  define(
    'accepts deflate without its end',
    decompresses('deflate', (bytes) => inflateSync(bytes, UNFINISHED)),
  ),
  define(
    'ignores the checksum of deflate',
    decompresses('deflate', (bytes) => inflateRawSync(bytes.subarray(2))),
  ),
  define('parses compressed bodies without decompressing them', {
    request({ headers }) {
      delete headers['content-encoding'];
    },
  }),
  define(
    'limits bodies before decompression only',
    acceptsLarge(({ headers }) => headers['content-encoding'] !== undefined),
  ),
  define(
    'limits decompressed bodies at ten times the size',
    acceptsLarge(
      (request) => request.headers['content-encoding'] !== undefined && (readBody(request)?.length ?? 0) < 10 * MIB,
    ),
  ),
  define('limits bodies by Content-Length only', acceptsLarge(isChunked), 'size'),
  define(
    'limits chunked bodies at twice the size',
    acceptsLarge((request) => isChunked(request) && request.body.length < 2 * MIB),
    'size',
  ),
  define('rejects chunked bodies', {
    async handle(request, forward) {
      return isChunked(request) ? errorResponse(400, 'InvalidRequest') : forward(request);
    },
  }),
  define('reads the first chunk only', {
    request(request) {
      if (isChunked(request)) request.body = request.body.slice(0, Math.ceil(request.body.length / 5));
    },
  }),
  define('takes chunked bodies for none', {
    request(request) {
      if (isChunked(request)) request.body = '';
    },
  }),
  define('rejects Expect', {
    server: (server) =>
      server.on('checkContinue', (_, response) => response.writeHead(417, { 'content-length': 0 }).end()),
  }),
  losesRequests('never sends 100 Continue', { server: (server) => server.on('checkContinue', () => {}) }),
  losesRequests('ends the requests of half-closed clients', {
    server: (server) => void Object.assign(server, { httpAllowHalfOpen: false }),
  }),
  losesRequests('closes a connection after each response without notice', {
    server: (server) =>
      server.on('request', (request, response) => response.on('finish', () => request.socket.destroySoon())),
  }),
  losesRequests('loses the second of several requests on a connection', {
    server: (server) => {
      const counts = new WeakMap<object, number>();
      server.prependListener('request', (request) => {
        const count = (counts.get(request.socket) ?? 0) + 1;
        counts.set(request.socket, count);
        if (count === 2) request.socket.destroy();
      });
    },
  }),
];
