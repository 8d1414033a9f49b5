// Generated from openapi/openapi.yaml by `npm run generate`. Do not edit.
import type { Contract } from '../openapi/model/contract.ts';
import bundled from './openapi.json' with { type: 'json' };

/** The contract of this package: openapi/openapi.yaml, bundled. */
// TypeScript infers literal types from the JSON file, without the index signatures of `Contract`.
export const contract = bundled as unknown as Contract;
