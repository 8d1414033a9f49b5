// Reads a secret from a file.
import { readFileSync, statSync } from 'node:fs';

export function readPassword(path: string): string {
  try {
    return readSecret(path);
  } catch (error) {
    // The path is not shown: it may be the password.
    throw new Error(`needs the file that PGPASSWORD_FILE names: it ${messageOf(error)}`);
  }
}

/** Reads a secret from a file of one line. @throws Error whose message completes "the file", without the secret */
export function readSecret(path: string): string {
  let text: string;
  try {
    // Reading a named pipe would block until it has a writer.
    if (!statSync(path).isFile()) throw new Error('is not a regular file');
    text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new Error(`cannot be read (${error.code})`, { cause: error });
  }
  if (text === '') throw new Error('is empty');
  if (/[\r\n]/.test(text)) throw new Error('has more than one line');
  return text;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
