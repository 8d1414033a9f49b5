// Standard Schema, version 1: https://standardschema.dev. Form libraries and validators agree on it.

/** A validator that form libraries, routers and clients accept, whichever library it is from. */
export interface StandardSchema<T = unknown> {
  /** The properties that the standard requires. */
  readonly '~standard': {
    /** The version of the standard. */
    readonly version: 1;
    /** The vendor of the validator. */
    readonly vendor: string;
    /** Validates a value, and returns it unchanged. */
    readonly validate: (value: unknown) => StandardResult<T>;
    /** The types for inference; undefined at run time. */
    readonly types?: {
      /** The type of a valid value. */
      readonly input: T;
      /** The type of the output, which is that of the input. */
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
      /** The violations, at least one. */
      readonly issues: readonly StandardIssue[];
    };

/** One thing that is wrong with a value. */
export interface StandardIssue {
  /** A sentence for a person. */
  readonly message: string;
  /** Names and indexes that lead to the place. */
  readonly path: readonly (string | number)[];
}
