// Reads the head of a request: RFC 9112, sections 2 to 5.
import { METHODS } from 'node:http';
import type { RequestHead } from './message.ts';
import { isHost, isValidTarget } from './target.ts';

/** A complete head, or the reason why it must be rejected. */
export type HeadResult =
  | { kind: 'head'; head: RequestHead; violation: string | undefined; doubts: string[]; end: number }
  | { kind: 'malformed'; reason: string }
  | { kind: 'unfinished' };

/** The most octets of the target and of all names and values that Node accepts. */
const HEAD_LIMIT = 16_384;
/** The number of header fields or trailers above which a message may be rejected. */
export const FIELDS_LIMIT = 100;

export const OTHER_VERSION = 'a version other than 1.0 and 1.1';

export const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const REQUEST_LINE = new RegExp(`^(${TOKEN}) ([\\x21-\\x7e\\x80-\\xff]+) (?:HTTP|RTSP|ICE)/(\\d)\\.(\\d)$`);
/** A request line, with the white space that section 3 lets a recipient tolerate. */
const LOOSE_REQUEST_LINE = new RegExp(
  `^(${TOKEN})[ \\t\\v\\f]+([\\x21-\\x7e\\x80-\\xff]+)[ \\t\\v\\f]+HTTP/(\\d)\\.(\\d)[ \\t\\v\\f]*$`,
);
const FIELD_LINE = new RegExp(`^(${TOKEN}):(.*)$`, 's');
/** Characters that a value never contains (RFC 9110, section 5.5). */
const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** `from` is the position of the request line. */
export function readHead(bytes: Buffer, from: number): HeadResult {
  const lines = readLines(bytes, from);
  if (lines.kind !== 'lines') return lines;
  const [requestLine = '', ...fieldLines] = lines.lines;
  const doubts = new Set(lines.doubts);
  const parts = REQUEST_LINE.exec(requestLine) ?? LOOSE_REQUEST_LINE.exec(requestLine);
  if (!parts) return malformed('the request line');
  if (!REQUEST_LINE.test(requestLine)) doubts.add('white space in the request line');
  const [, method = '', target = '', major, minor] = parts;
  // RFC 9110, section 9.1, requires a 501 for these, which the contract does not declare.
  if (!METHODS.includes(method)) doubts.add('an unknown method');
  // Node's parser reports these as HTTP/1.0.
  if (!requestLine.includes(' HTTP/')) doubts.add('another protocol');
  if (major !== '1' || !(minor === '0' || minor === '1')) doubts.add(OTHER_VERSION);
  if (!isValidTarget(method, target)) doubts.add('an invalid request target');
  if (method === 'CONNECT') return malformed('CONNECT, for this server is no proxy');

  const fields: [string, string][] = [];
  for (const line of fieldLines) {
    const last = fields.at(-1);
    if (/^[ \t]/.test(line)) {
      // Section 5.2: a server rejects a folded line, or replaces the fold by spaces.
      if (!last) return malformed('white space before the first header line');
      if (BAD_VALUE.test(line)) return malformed('a control character in a header value');
      last[1] = `${last[1]} ${line.trim()}`.trim();
      doubts.add('a folded header line');
      continue;
    }
    const [, name, value] = FIELD_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) return malformed('a header line');
    if (BAD_VALUE.test(value)) return malformed('a control character in a header value');
    fields.push([name.toLowerCase(), value.replace(/^[ \t]+|[ \t]+$/g, '')]);
  }
  const counted = target.length + fields.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (counted >= HEAD_LIMIT) return malformed('a head over 16 KiB');
  if (lines.end - from >= HEAD_LIMIT) doubts.add('a head of about 16 KiB');
  if (fields.length > FIELDS_LIMIT) doubts.add('very many header lines');
  const head: RequestHead = { method, target, version: major === '1' && minor === '0' ? '1.0' : '1.1', fields };
  return { kind: 'head', head, violation: explainFields(head), doubts: [...doubts], end: lines.end };
}

const malformed = (reason: string): HeadResult => ({ kind: 'malformed', reason });

type Lines = { kind: 'lines'; lines: string[]; doubts: string[]; end: number };

/**
 * The lines up to the empty one. An error in a complete line makes the head malformed, even if the empty line never
 * comes.
 */
function readLines(bytes: Buffer, from: number): Lines | Exclude<HeadResult, { kind: 'head' }> {
  const lines: string[] = [];
  const doubts = new Set<string>();
  for (let at = from; ; ) {
    const end = bytes.indexOf('\n', at);
    if (end < 0) return { kind: 'unfinished' };
    let line = bytes.toString('latin1', at, end);
    at = end + 1;
    // Section 2.2: a recipient may take a lone LF for the end of a line, but never a lone CR.
    if (line.endsWith('\r')) line = line.slice(0, -1);
    else doubts.add('a lone LF');
    if (line.includes('\r')) return { kind: 'malformed', reason: 'a lone CR' };
    if (line === '') return { kind: 'lines', lines, doubts: [...doubts], end: at };
    lines.push(line);
  }
}

/**
 * Requires exactly one valid `Host` (section 3.2), and every field that is no list at most once (RFC 9110, section
 * 5.3).
 */
function explainFields({ fields, version }: RequestHead): string | undefined {
  const hosts = fields.filter(([name]) => name === 'host').map(([, value]) => value);
  if (hosts.length > 1) return 'more than one Host';
  const repeated = ['content-type', 'authorization'].find(
    (single) => fields.filter(([name]) => name === single).length > 1,
  );
  if (repeated !== undefined) return `more than one ${repeated}`;
  if (hosts.length === 0) return version === '1.1' ? 'no Host' : undefined;
  return isHost(hosts[0] ?? '') ? undefined : 'an invalid Host';
}
