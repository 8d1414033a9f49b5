// Sends and reads raw bytes, for what HTTP clients neither send nor show.
import { onTestFinished } from 'vitest';
import type { ErrorBody } from '../../../server/edge/errors.ts';
import { collectLog, type LogLine } from '../log-lines.ts';
import { startMockTarget, startSqliteServer, type Target } from '../targets.ts';
import { DEMO, PATH } from './http.ts';
import { openConnection } from './sockets.ts';

export interface RawResponse {
  status: number;
  /** Header fields, keyed by lower-case name. */
  headers: Record<string, string>;
  body: string;
}

/** The action of the client after sending. */
export type Ending = 'waits' | 'half-closes';

/**
 * Sends bytes, one per character, on a new connection. Resolves with all received bytes when the server closes the
 * connection.
 */
export async function sendBytes(url: string, text: string, ending: Ending = 'waits'): Promise<string> {
  const { socket, closed } = await openConnection(url, { allowHalfOpen: true });
  socket.once('end', () => socket.end());
  const bytes = Buffer.from(text, 'latin1');
  if (ending === 'half-closes') socket.end(bytes);
  else socket.write(bytes);
  return closed;
}

/**
 * Parses the final responses to requests with these methods: a response to HEAD has no body. Skips informational
 * responses.
 *
 * @throws Error when bytes belong to no response
 */
export function readResponses(text: string, methods: readonly string[]): RawResponse[] {
  const responses: RawResponse[] = [];
  for (let rest = text; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n');
    const [statusLine = '', ...lines] = rest.slice(0, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
    if (end === -1 || Number.isNaN(status)) throw new Error(`Not a response: ${JSON.stringify(rest.slice(0, 200))}`);
    rest = rest.slice(end + 4);
    if (status < 200) continue;
    const headers = Object.fromEntries(lines.map((line) => splitOnce(line, ': ')));
    const hasBody = methods[responses.length] !== 'HEAD' && status !== 204 && status !== 304;
    // The header counts bytes, and a character may have several.
    const bytes = Buffer.from(rest);
    const length = hasBody ? Number(headers['content-length']) : 0;
    if (bytes.length < length) throw new Error(`The response is truncated: ${JSON.stringify(text.slice(-200))}`);
    responses.push({ status, headers, body: bytes.toString('utf8', 0, length) });
    rest = bytes.toString('utf8', length);
  }
  return responses;
}

function splitOnce(line: string, separator: string): [string, string] {
  const at = line.indexOf(separator);
  return [line.slice(0, at).toLowerCase(), line.slice(at + separator.length)];
}

/** The error in a body. */
export function errorIn({ body }: RawResponse): ErrorBody['error'] {
  return JSON.parse(body).error;
}

/**
 * The text of a create with the demo credentials and a complete or partial body. `Connection: close` makes the server
 * close the connection.
 */
export function createText(body: string, headers: Record<string, string> = {}): string {
  const all = {
    Host: 'localhost',
    Authorization: DEMO,
    'Content-Type': 'application/json',
    Connection: 'close',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`POST ${PATH} HTTP/1.1`, ...lines, '', body].join('\r\n');
}

/** A target whose log a test can read. */
export interface LoggedTarget extends Target {
  lines: LogLine[];
}

/** Both targets: server and mock share the code under test. */
export const BOTH = [
  ['the server', startServer],
  ['the mock', startMock],
] as const;

async function startServer(): Promise<LoggedTarget> {
  const { log, lines } = collectLog();
  return { ...(await startSqliteServer({ log })), lines };
}

async function startMock(): Promise<LoggedTarget> {
  const { log, lines } = collectLog();
  return { ...(await startMockTarget({ log })), lines };
}

/** Closes a target at the end of the test. */
export async function closing<T extends Target>(target: Promise<T>): Promise<T> {
  const started = await target;
  onTestFinished(() => started.close());
  return started;
}
