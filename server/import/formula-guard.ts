// Protects spreadsheets from names that are formulas when CSV is written, and undoes that when CSV is read.

/** The start of a formula, ASCII or full-width (https://owasp.org/www-community/attacks/CSV_Injection). */
const FORMULA = String.raw`[ '"]*[=+\-@\t\r\n＝＋－＠]`;

/** The start of a cell, also for spreadsheets that split at characters other than commas. */
const CELL_START = String.raw`(?<=^|[;\t\r\n])`;

const UNGUARDED = new RegExp(`${CELL_START}(?=${FORMULA})`, 'g');
const GUARDED = new RegExp(`${CELL_START}'(?=${FORMULA})`, 'g');

/** Inserts an apostrophe before each formula, and before apostrophes that already precede one. */
export function guardFormulas(text: string): string {
  return text.replace(UNGUARDED, "'");
}

/** Removes those apostrophes: `unguardFormulas(guardFormulas(text))` is `text`, for every text. */
export function unguardFormulas(text: string): string {
  return text.replace(GUARDED, '');
}
