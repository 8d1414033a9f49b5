// SARIF 2.1.0, the format of static analysis results that code hosts read.

/** A problem at a line of a file. */
export interface SarifResult {
  /** The ID of the rule, such as `breaking-change`. */
  ruleId: string;
  level: 'error' | 'warning' | 'note';
  message: string;
  /** The path of the file from the root of the repository, with `/`. */
  file: string;
  line: number;
  /** JSON Pointer into the document. */
  pointer?: string;
}

/** The results of one tool. `rules` describes each rule in one sentence. */
export function toRun(tool: string, rules: Readonly<Record<string, string>>, results: readonly SarifResult[]): object {
  return {
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
          physicalLocation: {
            artifactLocation: { uri: file.replaceAll('\\', '/') },
            region: { startLine: line },
          },
          ...(pointer === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: pointer }] }),
        },
      ],
    })),
  };
}

/** The text of a log with the results of these tools. */
export function writeSarif(runs: readonly object[]): string {
  const log = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs };
  return `${JSON.stringify(log, null, 2)}\n`;
}
