// The error of a file that was read but holds invalid customers.

/** What is wrong with one line of a file, with one item of a list, or with the file as a whole. */
export interface ImportViolation {
  /** The number of the line or item, from 1; 0: the file as a whole. */
  position: number;
  message: string;
}

/** Part of the file is invalid, so none of it was imported. */
export class InvalidFileError extends Error {
  override readonly name = 'InvalidFileError';
  readonly unit: 'line' | 'item';
  /** The first violations, in the order of the file. */
  readonly violations: readonly ImportViolation[];
  /** The number of all violations. */
  readonly count: number;

  constructor(unit: 'line' | 'item', violations: readonly ImportViolation[], count: number) {
    super(`The file has ${count.toLocaleString('en')} errors.`);
    this.unit = unit;
    this.violations = violations;
    this.count = count;
  }
}
