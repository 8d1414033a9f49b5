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

/** A value that is not yet known to violate anything. */
export interface Candidate extends Omit<InvalidValue, 'location'> {
  /** A valid value in another notation: kept even if it violates other constraints too. */
  alternativeForm?: boolean;
}
