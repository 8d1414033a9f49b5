// The error of a source that cannot be read at all.

/** The source cannot be read, or is not UTF-8 text. The message says in one line why, and what to do. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
}
