// Collects the violations of one request.
import type { ErrorObject } from 'ajv/dist/2020.js';
import type { Violation } from '../errors.ts';
import { describeViolation } from './describe-violation.ts';

/** Keeps the first violations, one for each location, and counts all. */
export class ViolationList {
  /** The first violations, with their messages. */
  readonly violations: Violation[] = [];
  readonly #limit: number;
  #total = 0;

  /** @param limit the maximum number of violations to keep */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The total number of violations. */
  get total(): number {
    return this.#total;
  }

  /** Whether further violations are only counted. */
  get isFull(): boolean {
    return this.violations.length >= this.#limit;
  }

  add(error: ErrorObject, part: Violation['in'], pointer: string): void {
    this.#total++;
    if (this.isFull) return;
    const violation = describeViolation(error, part, pointer);
    // Pointers that were shortened may be equal.
    if (!this.violations.some((each) => each.in === part && each.pointer === violation.pointer))
      this.violations.push(violation);
  }

  addMissingBody(): void {
    this.add({ keyword: 'required', instancePath: '', schemaPath: '#/required', params: {} }, 'body', '');
  }

  count(violations: number): void {
    this.#total += violations;
  }
}
