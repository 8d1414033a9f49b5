// Why an import took nothing.

/** One fault of a file. */
export interface Problem {
  /** Where it is: a line, or an item of a list; counted from 1. */
  place: number;
  reason: string;
}

/** Some of the file is wrong, so nothing of it was taken. */
export class ImportRefused extends Error {
  override readonly name = 'ImportRefused';
  readonly unit: 'line' | 'item';
  /** The first faults, in the order of the file. */
  readonly problems: readonly Problem[];
  /** How many there are in all. */
  readonly count: number;

  constructor(unit: 'line' | 'item', problems: readonly Problem[], count: number) {
    super(`The file has ${count.toLocaleString('en')} faults.`);
    this.unit = unit;
    this.problems = problems;
    this.count = count;
  }
}

/** The source cannot be read, or is not text in UTF-8. The message says in one line what it is, and what to do. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
}
