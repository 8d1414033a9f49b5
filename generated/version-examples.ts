// Generated from openapi/openapi.yaml and openapi/versions/ by `npm run generate`. Do not edit.
import type { ContractExamples } from '../openapi/model/examples/operation-examples.ts';
import type { ScenarioName } from './examples.ts';

/** The examples of the versions before the newest, by version, oldest first. */
export const olderExamples: Readonly<Record<string, ContractExamples>> = {};

/**
 * The name of an example of some response in any live version.
 *
 * @example
 * const scenario: AnyScenarioName = 'RateLimited';
 */
export type AnyScenarioName = ScenarioName;
