// The violations of one request, as they are found.
import type { ErrorObject } from 'ajv/dist/2020.js';
import type { Violation } from '../errors.ts';
import { describeViolation } from './describe-violation.ts';

/** Keeps the first violations, one for each place, and counts all. */
export class ViolationList {
  /** The first ones, in words. */
  readonly violations: Violation[] = [];
  readonly #limit: number;
  #total = 0;

  /** At most `limit` violations are kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many there are in all. */
  get total(): number {
    return this.#total;
  }

  /** Whether the violations that come now are only counted. */
  get isFull(): boolean {
    return this.violations.length >= this.#limit;
  }

  add(error: ErrorObject, part: Violation['in'], pointer: string): void {
    this.#total++;
    if (this.isFull) return;
    const violation = describeViolation(error, part, pointer);
    // Pointers that are too long end at the same place.
    if (!this.violations.some((each) => each.in === part && each.pointer === violation.pointer))
      this.violations.push(violation);
  }

  count(violations: number): void {
    this.#total += violations;
  }
}
