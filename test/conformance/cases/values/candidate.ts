// Values that may violate one constraint of a schema.

export interface InvalidValue {
  value: unknown;
  label: string;
  /** The violated keyword. */
  keyword: string;
  /** JSON Pointer to the keyword in the contract. */
  pointer: string;
  /** JSON Pointer into the value. */
  location: string;
}

/** A value that may violate a constraint. */
export interface Candidate extends Omit<InvalidValue, 'location'> {
  /** Whether it is a valid value in another notation, which is kept even if it violates other constraints, too. */
  alternativeForm?: boolean;
}
