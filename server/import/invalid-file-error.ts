// The error of a readable file with invalid customers.

/** A violation in one line of a file, in one item of a list, or of the file as a whole. */
export interface ImportViolation {
  /** The number of the line or item, from 1; 0 for the file as a whole. */
  position: number;
  message: string;
}

/** Part of the file is invalid, so none of it was imported. */
export class InvalidFileError extends Error {
  override readonly name = 'InvalidFileError';
  readonly unit: 'line' | 'item';
  /** The first violations, in the order of the file. */
  readonly violations: readonly ImportViolation[];
  /** The total number of violations. */
  readonly count: number;

  constructor(unit: 'line' | 'item', violations: readonly ImportViolation[], count: number) {
    super(`The file has ${count.toLocaleString('en')} errors.`);
    this.unit = unit;
    this.violations = violations;
    this.count = count;
  }
}
