// Finds the line of a JSON Pointer in a YAML document.
import { LineCounter, parseDocument } from 'yaml';

/** Returns the line of a pointer, or of its closest ancestor that has one. */
export function createLineOf(yaml: string): (pointer: string) => number {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines });
  return (pointer) => {
    const path = pointer
      .split('/')
      .slice(1)
      .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
    for (; path.length > 0; path.pop()) {
      const node = document.getIn(path, true);
      const range: unknown = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
      if (Array.isArray(range)) return lines.linePos(Number(range[0])).line;
    }
    return 1;
  };
}
