// Generated from openapi/openapi.yaml and openapi/versions/ by `npm run generate`. Do not edit.
import type { ErrorType } from './operations.ts';
import type { components, operations, paths } from './schema.ts';

/**
 * The generated types of each live version, by its name.
 *
 * @example
 * type Path = keyof VersionTypes[NewestVersion]['paths'];
 */
export interface VersionTypes {
  /** The types of 2024-07-30. */
  "2024-07-30": {
    /** The type `paths` of schema.ts. */
    paths: paths;
    /** The type `components` of schema.ts. */
    components: components;
    /** The type `operations` of schema.ts. */
    operations: operations;
  };
}

/**
 * The newest version of the API.
 *
 * @example
 * const version: NewestVersion = "2024-07-30";
 */
export type NewestVersion = "2024-07-30";

/**
 * Every `error.type` of any live version.
 *
 * @example
 * const retryable: AnyErrorType[] = ['RateLimited', 'Unavailable'];
 */
export type AnyErrorType = ErrorType;
