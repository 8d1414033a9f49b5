// What can be said of a request without the parser: which method and path a line in the log names.
export interface RequestLine {
  method: string;
  /** For the log. */
  path: string;
}

/** Longer paths are cut in the log. */
const PATH_LENGTH = 200;

/** Codes of Node's parser for an error inside the request line. For all others that line came before. */
const IN_REQUEST_LINE = new Set([
  'HPE_INVALID_CONSTANT',
  'HPE_INVALID_METHOD',
  'HPE_INVALID_URL',
  'HPE_INVALID_VERSION',
  'HPE_PAUSED_H2_UPGRADE',
]);
const BROKEN_LINE = /^([A-Z-]{1,20}) +(\S*)/;
const VALID_LINE = /^([A-Z-]{1,20}) +(\S+) +HTTP\/\d\.\d(?:\r|$)/;

/**
 * Finds the request line that a parser error belongs to.
 *
 * @param packet what the parser was given last; the line may have come before it, so that it is not found
 * @param position where the parser stopped
 */
export function findRequestLine(code: string, packet: Buffer, position: number): RequestLine | undefined {
  const isInLine = IN_REQUEST_LINE.has(code);
  const pattern = isInLine ? BROKEN_LINE : VALID_LINE;
  // What follows may be another request. But a line in which the parser stopped is wanted to its end.
  const stopsInLine = isInLine || code === 'HPE_HEADER_OVERFLOW';
  const lineEnd = stopsInLine ? packet.indexOf('\n', position) : position;
  const lines = packet.toString('latin1', 0, lineEnd === -1 ? packet.length : lineEnd).split('\n');
  // The parser may stop behind the end of a broken line.
  const candidates = isInLine ? lines.slice(-2) : lines;
  for (const [distance, line] of candidates.reverse().entries()) {
    // Behind an empty line is another request, or the body of one.
    if (distance > 0 && /^\r?$/.test(line)) return undefined;
    const [, method, target] = pattern.exec(line) ?? [];
    if (method !== undefined && target !== undefined) return { method, path: describeTarget(target) };
  }
  return undefined;
}

/**
 * The path of any request target, valid or not, for the log: no query and no userinfo, which may be secret, and visible
 * ASCII only.
 */
export function describeTarget(target: string): string {
  const [path = ''] = target.replace(/^([a-z]+:\/\/)?[^/?#]*@/i, '$1').split(/[?#]/, 1);
  return path.slice(0, PATH_LENGTH).replace(/[^!-~]/g, percentEncode);
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
