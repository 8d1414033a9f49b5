// Writes the findings of the gate, for people and for tools.
import { toAnnotation } from '../report-formats/annotation.ts';
import { type SarifResult, toRun, writeSarif } from '../report-formats/sarif.ts';
import type { Change } from './schema/change.ts';

/** A violation with its place. `file` is relative to the working directory. */
export interface Finding extends Change {
  rule: string;
  file: string;
  line: number;
}

const RULES = {
  'released-version': 'A released version changes compatibly only.',
  'breaking-change': 'A change does not break clients, unless a new version converts it.',
  'unrecorded-change': 'A change of what is allowed is named in the changelog.',
} as const;

export function toText(findings: readonly Finding[]): string {
  return findings
    .map(
      ({ file, line, pointer, message, remedy }) => `${file}:${line} at #${pointer}:\n  ${sentences(message, remedy)}`,
    )
    .join('\n');
}

export function toJson(findings: readonly Finding[]): string {
  const entries = findings.map(({ rule, effect, file, line, pointer, message, remedy }) => ({
    rule,
    effect,
    file,
    line,
    pointer,
    message,
    remedy,
  }));
  return JSON.stringify({ findings: entries }, null, 2);
}

/** The findings as workflow commands, which GitHub shows at their lines. */
export function toGitHub(findings: readonly Finding[]): string {
  return findings
    .map(({ file, line, rule, pointer, message, remedy }) =>
      toAnnotation({ file, line, ruleId: rule, message: `${sentences(message, remedy)}\nat #${pointer}` }),
    )
    .join('\n');
}

export function toSarifLog(findings: readonly Finding[]): string {
  const results = findings.map(
    ({ rule, file, line, pointer, message, remedy }): SarifResult => ({
      ruleId: rule,
      level: 'error',
      message: sentences(message, remedy),
      file,
      line,
      pointer: `#${pointer}`,
    }),
  );
  return writeSarif([toRun('breaking-changes', RULES, results)]);
}

function sentences(message: string, remedy: string | undefined): string {
  return remedy === undefined ? message : `${message} ${remedy}`;
}
