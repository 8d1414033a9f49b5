// A message in the bytes that a client sends.

/** The head of a request: request line and header section. */
export interface RequestHead {
  method: string;
  /** The target, as sent. */
  target: string;
  version: '1.0' | '1.1';
  /** Field names in lower case, with their values, in the order in which they were sent. */
  fields: readonly (readonly [name: string, value: string])[];
}

/** One request, or bytes in its place. */
export interface Message {
  /**
   * `complete`: a request, which must get a response. `malformed`: it breaks RFC 9112, so it must be rejected with
   * 400, and the connection closed. `unfinished`: the client stopped in the middle of it.
   */
  state: 'complete' | 'malformed' | 'unfinished';
  /** The malformed part. */
  reason?: string;
  /** Why it must be rejected with 400, although it can be parsed; the connection may stay open. */
  violation?: string | undefined;
  /** A deviation that RFC 9112 lets a recipient either reject with 400 or repair. */
  doubts: readonly string[];
  /** The received part of the method, which is needed because a response to HEAD has no body. */
  method: string | undefined;
  /** The head; undefined unless it is complete and well-formed. */
  head: RequestHead | undefined;
  /** The received part of the body, without its transfer coding. */
  body: Buffer;
  /** Whether the chunks are so small, or so many, that the body may be rejected with 413. */
  hasSmallChunks: boolean;
  /** Whether the connection stays open after the response. */
  persistence: 'keep' | 'close' | 'either';
  /** Whether bytes follow it, which may be no message. */
  isFollowed: boolean;
  /** The position of the next message. */
  end: number;
}

/** The values of a field. */
export function valuesOf({ fields }: RequestHead, name: string): string[] {
  return fields.filter(([each]) => each === name).map(([, value]) => value);
}

/** The members of a field that is a list of tokens, in lower case. */
export function listOf(head: RequestHead, name: string): string[] {
  return valuesOf(head, name)
    .flatMap((value) => value.split(','))
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== '');
}
