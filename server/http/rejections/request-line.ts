// The request line of a malformed request, read without the parser: method and path for the log.
import { describeTarget } from '../../text/describe-client.ts';

export interface RequestLine {
  method: string;
  /** The path for the log. */
  path: string;
}

const REQUEST_LINE = /^([A-Z-]{1,20}) +(\S*)/;

/** Reads the request line of a header, which may be malformed or cut off. */
export function findRequestLine(header: string): RequestLine | undefined {
  const [line = ''] = header.trimStart().split('\n', 1);
  const [, method, target] = REQUEST_LINE.exec(line) ?? [];
  return method === undefined || target === undefined ? undefined : { method, path: describeTarget(target) };
}
