// Generated from openapi/openapi.yaml and openapi/versions/ by `npm run generate`. Do not edit.
import type { RequestValidators, ResponseValidators } from '../openapi/model/validators/compiled-validators.ts';

/** The validators of requests, by version. */
export const olderRequestValidators: Readonly<Record<string, RequestValidators>> = {};

/** The validators of responses, by version. */
export const olderResponseValidators: Readonly<Record<string, ResponseValidators>> = {};
