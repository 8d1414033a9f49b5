// Standard Schema, version 1: https://standardschema.dev. Form libraries and validators agree on it.

/** A validator that form libraries, routers and clients accept, whichever library it is from. */
export interface StandardSchema<T = unknown> {
  /** What the standard asks for. */
  readonly '~standard': {
    /** The version of the standard. */
    readonly version: 1;
    /** Who has made the validator. */
    readonly vendor: string;
    /** Validates a value. It is returned as it is. */
    readonly validate: (value: unknown) => StandardResult<T>;
    /** For type inference; undefined at run time. */
    readonly types?: {
      /** The type of a valid value. */
      readonly input: T;
      /** The same. */
      readonly output: T;
    };
  };
}

/** A valid value, or what is wrong with it. */
export type StandardResult<T> =
  | {
      /** The value. */
      readonly value: T;
      readonly issues?: undefined;
    }
  | {
      /** At least one. */
      readonly issues: readonly StandardIssue[];
    };

/** One thing that is wrong with a value. */
export interface StandardIssue {
  /** A sentence for a person. */
  readonly message: string;
  /** Names and indexes that lead to the place. */
  readonly path: readonly (string | number)[];
}
