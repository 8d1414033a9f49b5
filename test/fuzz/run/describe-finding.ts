// Describes a finding: what is wrong, the bytes that show it, and the command that reproduces it.
import type { Finding } from './rounds.ts';

/** The number of bytes of a response that are shown. */
const RECEIVED_LIMIT = 600;

/** The description, in several lines. */
export function describeFinding(finding: Finding): string {
  const { subject, what, script, played, seed, path } = finding;
  const target = subject === 'url' ? '--url URL' : `--target ${subject}`;
  return [
    `Finding (${subject}): ${what.join('\n  also: ')}`,
    ...(script && played
      ? [
          `  sends, ${pacingOf(script)}${script.readsLate ? ', reading only afterwards' : ''}:`,
          ...describeBytes(played.sent).map((line) => `    ${line}`),
          `  then: ${ENDINGS[script.ending]}`,
          `  received: ${indent(describeBytes(played.received.subarray(0, RECEIVED_LIMIT)), 12) || 'nothing'}`,
        ]
      : ['  No single script shows it.']),
    `  again: npm run fuzz -- ${target} --seed ${seed}${path === undefined ? '' : ` --path ${path}`}`,
  ].join('\n');
}

const ENDINGS = {
  keep: 'waits for the responses and closes',
  'half-close': 'ends its side and waits for the responses (FIN)',
  close: 'closes at once',
  reset: 'resets the connection (RST)',
};

function pacingOf({ pacing, readsLate }: NonNullable<Finding['script']>): string {
  if (pacing.kind === 'pieces')
    return `in pieces cut at ${pacing.at.map((each) => `${(each / 10_000).toFixed(2)} %`).join(', ')}`;
  if (pacing.kind === 'wait' && readsLate) return 'each request a moment after the one before';
  return pacing.kind === 'wait' ? 'each request after the response to the one before' : pacing.kind;
}

const indent = (lines: readonly string[], width: number) => lines.join(`\n${' '.repeat(width)}`);

const FIRST_LINES = 45;
const LAST_LINES = 15;

/** One text for each line on the wire; repetitions are shown as `"x" × 1000`. */
function describeBytes(bytes: Buffer): string[] {
  const lines = bytes.toString('latin1').match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const shown: { text: string; times: number }[] = [];
  for (const line of lines) {
    const text = describeLine(line);
    const last = shown.at(-1);
    if (last?.text === text) last.times++;
    else shown.push({ text, times: 1 });
  }
  const texts = shown.map(({ text, times }) => (times === 1 ? text : `(${text}) × ${times}`));
  const left = texts.length - FIRST_LINES - LAST_LINES;
  if (left <= 0) return texts;
  return [...texts.slice(0, FIRST_LINES), `… ${left} more lines …`, ...texts.slice(-LAST_LINES)];
}

const REPETITION = /(.{1,12}?)\1{19,}/gs;

function describeLine(line: string): string {
  const parts: string[] = [];
  let at = 0;
  for (const match of line.matchAll(REPETITION)) {
    const [run, unit = ''] = match;
    if (match.index > at) parts.push(quote(line.slice(at, match.index)));
    parts.push(`${quote(unit)} × ${run.length / unit.length}`);
    at = match.index + run.length;
  }
  if (at < line.length) parts.push(quote(line.slice(at)));
  return parts.join(' ');
}

/** The text as a JavaScript literal, with non-ASCII characters escaped. */
function quote(text: string): string {
  const escaped = JSON.stringify(text).replace(/[\x7f-\xff]/g, (each) => `\\x${each.charCodeAt(0).toString(16)}`);
  return escaped.replace(/\\u00/g, '\\x');
}
