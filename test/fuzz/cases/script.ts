// The script of a client on one connection: the bytes that it sends, the pieces, and the end of the connection.
import type { Ending } from '../model/check-connection.ts';
import { freshText } from '../model/fresh-key.ts';

/** One request, or bytes in its place. Each character of a text is one byte. */
export interface RequestParts {
  /** The request line with its line end. */
  requestLine: string;
  /** The header lines, including the empty one. */
  headerLines: readonly string[];
  /** The body as it is sent, with its transfer coding. */
  body: string;
  /** Edits that are made last. Each replaces a number of bytes at a position by a text. */
  mutations: readonly Mutation[];
  /** How often the request is sent in succession. */
  times: number;
}

export interface Mutation {
  /** The position, in millionths of the whole. */
  at: number;
  remove: number;
  insert: string;
}

/**
 * The pieces in which the bytes are sent. `wait`: each request waits for the response to the one before, or a moment if
 * the client reads late.
 */
export type Pacing =
  | { kind: 'at once' }
  | { kind: 'wait' }
  | { kind: 'byte by byte' }
  | { kind: 'pieces' /** The positions of the cuts, in millionths of the whole. */; at: readonly number[] };

/** The script of a client on one connection. */
export interface Script {
  requests: readonly RequestParts[];
  pacing: Pacing;
  ending: Ending;
  /** The position at which the client stops, in millionths of the whole; undefined if it sends everything. */
  cut: number | undefined;
  /** Whether the client does not read until it has sent everything. */
  readsLate: boolean;
}

/** A placeholder in idempotency keys that is replaced by a different text each time that a script is played. */
export const FRESH = '{fresh}';
const MILLION = 1_000_000;
/** Longer scripts are not sent byte by byte. */
const BYTEWISE_LIMIT = 500;

/** The pieces in which a script is sent, and its ending. */
export function renderScript(script: Script, play: number): Buffer[] {
  const fresh = freshText(play);
  const requests = script.requests.map((request) => renderRequest(request, fresh));
  const whole = Buffer.concat(requests);
  const end = script.cut === undefined ? whole.length : Math.floor((whole.length * script.cut) / MILLION);
  return cutAt(whole.subarray(0, end), cutsOf(script.pacing, requests, end));
}

/** About how many bytes a script sends. */
export function sizeOf({ requests }: Script): number {
  return requests.reduce(
    (sum, { headerLines, body, times }) => sum + (headerLines.join('').length + body.length) * times,
    0,
  );
}

function renderRequest({ requestLine, headerLines, body, mutations, times }: RequestParts, fresh: string): Buffer {
  // The placeholder is longer than what it stands for, but no Content-Length counts it: it is in the head only.
  let text = requestLine + headerLines.join('').replaceAll(FRESH, fresh) + body;
  for (const { at, remove, insert } of mutations) {
    const position = Math.floor((text.length * at) / MILLION);
    text = text.slice(0, position) + insert + text.slice(position + remove);
  }
  return Buffer.from(text.repeat(times), 'latin1');
}

function cutsOf(pacing: Pacing, requests: readonly Buffer[], length: number): number[] {
  switch (pacing.kind) {
    case 'at once':
      return [];
    case 'byte by byte':
      return length > BYTEWISE_LIMIT ? [] : Array.from({ length }, (_, index) => index);
    case 'pieces':
      return pacing.at.map((each) => Math.floor((length * each) / MILLION));
    case 'wait': {
      let end = 0;
      return requests.map((request) => {
        end += request.length;
        return end;
      });
    }
  }
}

function cutAt(bytes: Buffer, positions: readonly number[]): Buffer[] {
  const cuts = [...new Set([0, ...positions.filter((each) => each < bytes.length), bytes.length])].sort(
    (a, b) => a - b,
  );
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}
