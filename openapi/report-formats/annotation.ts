// Workflow commands of GitHub, which shows each as an annotation at its line.

/** The command for a problem. */
export function toAnnotation(problem: { file: string; line: number; ruleId: string; message: string }): string {
  const { file, line, ruleId, message } = problem;
  const fields = `file=${escapeProperty(file)},line=${line},title=${escapeProperty(ruleId)}`;
  return `::error ${fields}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
