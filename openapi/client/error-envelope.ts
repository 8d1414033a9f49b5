// The body of an error response, as the contract defines it.
import type { AnyErrorType, VersionTypes } from '../../generated/version-types.ts';
import { isRecord } from '../model/check/check-options.ts';
import type { Schema } from './types.ts';

/** The details of an error in any version. */
export type ErrorDetails = Schema<'ErrorDetails', keyof VersionTypes>;

/** The `error` of the envelope. */
export interface ErrorPart {
  type: AnyErrorType;
  message: string;
  details?: ErrorDetails;
}

/** The error in a body; undefined if there is none that has the types of the contract. */
export function errorIn(body: unknown): ErrorPart | undefined {
  const { error } = Object(body);
  const isError = areTexts(error, 'type', 'message') && (error.details === undefined || areDetails(error.details));
  return isError ? error : undefined;
}

function areDetails(details: unknown): boolean {
  return Array.isArray(details) && details.every((each) => areTexts(each, 'in', 'pointer', 'message'));
}

function areTexts(value: unknown, ...names: string[]): boolean {
  return isRecord(value) && names.every((name) => typeof value[name] === 'string');
}
