// Prints a new secret, the only time that it is shown.
import { escapeInvisible } from '../text/invisible.ts';
import type { CliContext } from './context.ts';

export interface ShownKey extends Record<string, string | null> {
  clientId: string;
  clientSecret: string;
}

/** `lines` follow the ID and the secret, unless the key is printed as JSON. */
export function printSecret(
  shown: ShownKey,
  lines: string[],
  { json }: { json?: true },
  { stdout, stderr }: CliContext,
): void {
  if (json) {
    stdout.write(`${escapeInvisible(JSON.stringify(shown))}\n`);
    return;
  }
  const secret = [`Client ID:      ${escapeInvisible(shown.clientId)}`, `Client secret:  ${shown.clientSecret}`];
  stdout.write([...secret, ...lines].map((line) => `${line}\n`).join(''));
  stderr.write('Save the secret now. It is not stored, and cannot be shown again.\n');
}
