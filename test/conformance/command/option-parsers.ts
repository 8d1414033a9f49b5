// Parses the values of the command's options. Each parser throws InvalidArgumentError for an invalid value.
import { InvalidArgumentError } from 'commander';
import type { Credentials } from '../cases/case.ts';
import { TOKEN, UUID } from '../options/patterns.ts';
import { parseCustomer, readCustomers } from './read-customers.ts';

export function parseUser(text: string): string {
  if (!text.includes(':')) throw new InvalidArgumentError('Expected id:secret.');
  return text;
}

export function splitUser(text: string): Credentials {
  const colon = text.indexOf(':');
  return { clientId: text.slice(0, colon), secret: text.slice(colon + 1) };
}

export function collectCustomers(text: string, before: [string, string][] = []): [string, string][] {
  return [...before, explain(() => parseCustomer(text))];
}

export function parseCustomersFile(path: string): [string, string][] {
  return explain(() => readCustomers(path));
}

/** @throws InvalidArgumentError with the message of an error */
function explain<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

export function parseUuid(text: string): string {
  if (!UUID.test(text)) throw new InvalidArgumentError('Expected a UUID.');
  return text.toLowerCase();
}

export function collectUuids(text: string, before: string[] = []): string[] {
  return [...before, parseUuid(text)];
}

export function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}

export function collectHeaders(text: string, before: string[] = []): string[] {
  if (!TOKEN.test(text)) throw new InvalidArgumentError('Expected the name of a header.');
  return [...before, text.toLowerCase()];
}

/** Rejects an option that is given twice: commander would silently take the last one. */
export function parseOnce(text: string, before: string | undefined): string {
  if (before === undefined) return text;
  throw new InvalidArgumentError(`The option was given before, with "${before}". Name one, or leave it out for all.`);
}

export function parseCount(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < least || number > most)
      throw new InvalidArgumentError(`Expected an integer from ${least} to ${most}.`);
    return number;
  };
}
