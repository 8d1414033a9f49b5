// The messages for bodies that are not valid in their content coding.

export const INVALID_BODY: Readonly<Record<string, string>> = {
  gzip: 'The body is not valid gzip.',
  deflate: 'The body is not valid deflate: the zlib format (RFC 1950) without a preset dictionary, not raw deflate.',
  br: 'The body is not valid br.',
  zstd: 'The body is not valid zstd.',
};
