// Node keeps up to 1,000 HTTP parsers of closed connections for new ones. A parser keeps the last partial header that
// it got, up to 16 KB, until the next one arrives, so thousands of connections that send nothing would hold the headers
// of thousands that are closed.

/** The part of Node's undocumented module that is used. Other versions of Node may not have it. */
const common = process.getBuiltinModule('_http_common') as { parsers?: { max?: number } } | undefined;

/** Makes Node release the parser of each connection when it is closed, in the whole process. */
export function disableParserPool(): void {
  if (common?.parsers) common.parsers.max = 0;
}
