// Generated from openapi/openapi.yaml and openapi/versions/ by `npm run generate`. Do not edit.
import type { OlderContract } from '../openapi/model/versions/older-contract.ts';
import type { Handlers } from './operations.ts';

/** The contracts of the live versions before the newest, oldest first. */
export const olderContracts: readonly OlderContract[] = [];

/** Each live version with the handlers that it would have, oldest first. */
export type LiveVersions = [
  [version: "2024-07-30", handlers: Handlers],
];
