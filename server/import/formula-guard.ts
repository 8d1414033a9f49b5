// Keeps spreadsheets from running a name as a formula, in CSV that is written; and undoes that in CSV that is read.

/** What begins a formula, ASCII or full-width (https://owasp.org/www-community/attacks/CSV_Injection). */
const FORMULA = String.raw`[ ']*[=+\-@\t\r\n＝＋－＠]`;

/** The beginning of a cell: also after a character that a spreadsheet with other settings takes for the end of the one before. */
const CELL_START = String.raw`(?<=^|[;\t\r\n])`;

const UNGUARDED = new RegExp(`${CELL_START}(?=${FORMULA})`, 'g');
const GUARDED = new RegExp(`${CELL_START}'(?=${FORMULA})`, 'g');

/** Puts an apostrophe before whatever a spreadsheet would take for a formula, and before apostrophes that already stand there. */
export function guardFormulas(text: string): string {
  return text.replace(UNGUARDED, "'");
}

/** Takes those apostrophes away: `unguardFormulas(guardFormulas(text))` is `text`, whatever it is. */
export function unguardFormulas(text: string): string {
  return text.replace(GUARDED, '');
}
