// Validates the rows of an import, stages the valid ones and collects violations.
import { quote } from '../text/invisible.ts';
import { nameViolation } from '../text/name-rule.ts';
import { UUID } from '../text/uuid.ts';
import type { ImportViolation } from './invalid-file-error.ts';
import type { StagingTable } from './staging-table.ts';

/** The number of violations that are reported individually. */
const REPORTED = 100;

/** The maximum number of violations in memory. */
const BUFFERED = 100 * REPORTED;

export class RowCollector {
  readonly #staging: StagingTable;
  #violations: ImportViolation[] = [];
  /** The number of valid rows so far. */
  rows = 0;
  violationCount = 0;

  constructor(staging: StagingTable) {
    this.#staging = staging;
  }

  /** Stages one customer, or reports its violations. */
  addRow(position: number, id: unknown, name: unknown): void {
    const messages = [idViolation(id), nameViolation(name)].filter((each) => each !== undefined);
    if (messages.length > 0 || typeof id !== 'string' || typeof name !== 'string') {
      this.addViolation(position, messages.join(' '));
      return;
    }
    this.#staging.add(position, id.toLowerCase(), name);
    this.rows += 1;
  }

  addViolation(position: number, message: string): void {
    this.violationCount += 1;
    this.#violations.push({ position, message });
    if (this.#violations.length >= BUFFERED) this.#violations = this.firstViolations();
  }

  /** Returns the first violations in the order of the file. They may have been added in another order. */
  firstViolations(): ImportViolation[] {
    return this.#violations.toSorted((a, b) => a.position - b.position).slice(0, REPORTED);
  }
}

function idViolation(id: unknown): string | undefined {
  if (id === undefined || id === null || id === '') return 'The id is missing.';
  if (typeof id !== 'string' || !UUID.test(id))
    return `The id ${quote(id)} is not a UUID such as 50af5191-05a3-42a5-802a-6b59091157af.`;
  return undefined;
}
