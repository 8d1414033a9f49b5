// What the model finds in the bytes that a client sends: one message after the other.

/** The head of a request: request line and header section. */
export interface RequestHead {
  method: string;
  /** As sent. */
  target: string;
  version: '1.0' | '1.1';
  /** Names in lower case, in the order in which they came. */
  fields: readonly (readonly [name: string, value: string])[];
}

/** One request, or what stands in its place. */
export interface Message {
  /**
   * `complete`: a request, which must get a response. `malformed`: it breaks RFC 9112, so it must be rejected with
   * 400, and the connection closed. `unfinished`: the client stopped in the middle of it.
   */
  state: 'complete' | 'malformed' | 'unfinished';
  /** What is malformed. */
  reason?: string;
  /** Why it has to be rejected with 400, though it can be read; the connection may stay open. */
  violation?: string | undefined;
  /** What RFC 9112 lets a recipient either reject with 400 or repair and process. */
  doubts: readonly string[];
  /** The first word of the request line as far as it is there: a response to HEAD never has a body. */
  method: string | undefined;
  /** Undefined unless the whole head is there and well-formed. */
  head: RequestHead | undefined;
  /** As far as it is there, without its transfer coding. */
  body: Buffer;
  /** The body has so many small chunks, or so many chunks, that it may be rejected with 413. */
  hasSmallChunks: boolean;
  /** Whether the connection stays open after the response. */
  persistence: 'keep' | 'close' | 'either';
  /** Where the next message begins. */
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
