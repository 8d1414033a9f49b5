// What every reader of a format hands its rows to: judges each row, keeps the good ones aside, and remembers what is wrong with the others.
import { quote } from '../text/invisible.ts';
import { nameViolation } from '../text/name-rule.ts';
import type { Problem } from './invalid-file-error.ts';
import type { Staging } from './staging-table.ts';

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** How many faults are told one by one. */
export const SHOWN = 100;

export class Intake {
  readonly #staging: Staging;
  #problems: Problem[] = [];
  /** Rows that were taken. */
  rows = 0;
  problemCount = 0;

  constructor(staging: Staging) {
    this.#staging = staging;
  }

  /** Takes one customer, or tells what is wrong with it. */
  row(place: number, id: unknown, name: unknown): void {
    const reasons = [faultOfId(id), nameViolation(name)].filter((each) => each !== undefined);
    if (reasons.length > 0 || typeof id !== 'string' || typeof name !== 'string') {
      this.problem(place, reasons.join(' '));
      return;
    }
    this.#staging.add(place, id.toLowerCase(), name);
    this.rows += 1;
  }

  problem(place: number, reason: string): void {
    this.problemCount += 1;
    this.#problems.push({ place, reason });
    // Most come in the order of the file, but not all; a file of nothing but faults must not fill the memory.
    if (this.#problems.length >= 100 * SHOWN) this.#problems = this.firstProblems();
  }

  /** The first faults, in the order of the file. */
  firstProblems(): Problem[] {
    return this.#problems.toSorted((a, b) => a.place - b.place).slice(0, SHOWN);
  }
}

function faultOfId(id: unknown): string | undefined {
  if (id === undefined || id === null || id === '') return 'The id is missing.';
  if (typeof id !== 'string' || !ID.test(id))
    return `The id ${quote(id)} is not a UUID such as 50af5191-05a3-42a5-802a-6b59091157af.`;
  return undefined;
}
