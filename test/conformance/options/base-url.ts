// Validates the base URL of the implementation.
import { basePathOf, type Contract } from '../../../openapi/model/contract.ts';
import { USER_VARIABLE } from './user-variables.ts';

/** Returns an error message, or undefined when the URL is valid. */
export function explainUrl(given: string): string | undefined {
  if (!/^https?:/i.test(given) || !URL.canParse(given))
    return `${JSON.stringify(given)} is not an http or https URL; example: http://localhost:3000/api`;
  const { username, search, hash } = new URL(given);
  if (username !== '') return `set the credentials with --user or ${USER_VARIABLE}, not in the URL`;
  if (search + hash !== '') return `${JSON.stringify(given)} is not a base URL: remove ${search + hash}`;
  return undefined;
}

export function toBaseUrl(contract: Contract, given: string): string {
  const { origin, pathname } = new URL(given);
  return origin + (pathname === '/' ? basePathOf(contract) : pathname.replace(/\/$/, ''));
}
