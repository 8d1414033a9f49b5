// What a client does on one connection: the bytes that it sends, in which pieces, and how it ends.
import type { Ending } from '../model/check-connection.ts';

/** One request, or what stands in its place. Texts are bytes: one character for each. */
export interface RequestParts {
  /** With its line end. */
  requestLine: string;
  /** Whole lines, the empty one included. */
  headerLines: readonly string[];
  /** As it goes over the wire, with its transfer coding. */
  body: string;
  /** Changes of single bytes, made last: at a position, a number of bytes is replaced by a text. */
  mutations: readonly Mutation[];
  /** So often in a row. */
  times: number;
}

export interface Mutation {
  /** Of the whole, in millionths. */
  at: number;
  remove: number;
  insert: string;
}

/** Into which pieces the bytes are cut. `wait`: each request waits for the response to the one before. */
export type Pacing =
  | { kind: 'at once' }
  | { kind: 'wait' }
  | { kind: 'byte by byte' }
  | { kind: 'pieces' /** In millionths of the whole. */; at: readonly number[] };

/** What a client does on one connection. */
export interface Script {
  requests: readonly RequestParts[];
  pacing: Pacing;
  ending: Ending;
  /** The client stops here, in millionths of the whole; undefined: nowhere. */
  cut: number | undefined;
  /** It does not read until it has sent all. */
  readsLate: boolean;
}

/** Stands for a part of an idempotency key that is another one each time that a script is played. */
export const FRESH = '{fresh}';
const FRESH_LENGTH = 8;
const MILLION = 1_000_000;
/** Longer scripts are not sent byte by byte. */
const BYTEWISE_LIMIT = 500;

/** The pieces in which a script is sent, and its ending. */
export function renderScript(script: Script, play: number): Buffer[] {
  const fresh = play.toString(36).padStart(FRESH_LENGTH, '0');
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
