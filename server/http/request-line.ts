// The request line of a malformed request, read without the parser: method and path for the log.
import { hideSecrets } from '../text/hide-secrets.ts';

export interface RequestLine {
  method: string;
  /** For the log. */
  path: string;
}

/** Longer paths are cut in the log. */
const PATH_LENGTH = 200;

const REQUEST_LINE = /^([A-Z-]{1,20}) +(\S*)/;

/** Reads the request line of a header, which may be malformed or cut off. */
export function findRequestLine(header: string): RequestLine | undefined {
  const [line = ''] = header.trimStart().split('\n', 1);
  const [, method, target] = REQUEST_LINE.exec(line) ?? [];
  return method === undefined || target === undefined ? undefined : { method, path: describeTarget(target) };
}

/**
 * The path of any request target, valid or not, for the log: no query and no userinfo, which may be secret, and visible
 * ASCII only.
 */
export function describeTarget(target: string): string {
  const [path = ''] = target.replace(/^([a-z]+:\/\/)?[^/?#]*@/i, '$1').split(/[?#]/, 1);
  // A target has no space, only what stands for a secret has.
  return hideSecrets(path)
    .slice(0, PATH_LENGTH)
    .replace(/[^ -~]/g, percentEncode);
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
