// SARIF 2.1.0, the format of static analysis results that code hosts read.

/** A problem at a line of a file. */
export interface SarifResult {
  /** Such as `breaking-change`. */
  ruleId: string;
  level: 'error' | 'warning' | 'note';
  message: string;
  /** Relative to the root of the repository, with `/`. */
  file: string;
  line: number;
  /** JSON Pointer into the document. */
  pointer?: string;
}

/** The log of one tool. `rules` describes each rule in one sentence. */
export function toSarif(
  tool: string,
  rules: Readonly<Record<string, string>>,
  results: readonly SarifResult[],
): string {
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: tool,
            rules: Object.entries(rules).map(([id, text]) => ({ id, shortDescription: { text } })),
          },
        },
        results: results.map(({ ruleId, level, message, file, line, pointer }) => ({
          ruleId,
          level,
          message: { text: message },
          locations: [
            {
              physicalLocation: { artifactLocation: { uri: file }, region: { startLine: line } },
              ...(pointer === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: pointer }] }),
            },
          ],
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}
