// Prints a new secret once, before the change that makes it valid: a secret that nobody has seen must not replace
// another one.
import type { Writable } from 'node:stream';
import { isNullOutput } from '../../openapi/command/is-null-output.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { escapeInvisible } from '../text/invisible.ts';
import { CommandError } from './command-error.ts';
import type { CliContext } from './context.ts';
import { jsonLine } from './json-line.ts';

interface ShownKey extends Record<string, string | null> {
  clientId: string;
  clientSecret: string;
}

interface SecretOptions {
  /** Lines to print after the ID and the secret. They are left out of JSON. */
  lines: string[];
  json: boolean;
  context: CliContext;
  /** Makes the secret valid. */
  change: () => Promise<void>;
}

/** Prints a key, and then makes it valid. @throws CommandError when it cannot be printed, and nothing is changed */
export async function printSecret(shown: ShownKey, { lines, json, context, change }: SecretOptions): Promise<void> {
  const { stdout, stderr } = context;
  const secret = [`Client ID:      ${escapeInvisible(shown.clientId)}`, `Client secret:  ${shown.clientSecret}`];
  await write(json ? jsonLine(shown) : toText([...secret, ...lines]), stdout);
  try {
    await change();
  } catch (error) {
    const isUncertain = error instanceof StoreUnavailableError && error.mayBeStored;
    stderr.write(
      isUncertain
        ? 'Save the secret above: it may become valid, because the change was not confirmed.\n'
        : 'The secret above is not valid: the change failed.\n',
    );
    throw error;
  }
  if (!json) stderr.write('Save the secret now. It is not stored, and cannot be shown again.\n');
}

const toText = (lines: string[]) => lines.map((line) => `${line}\n`).join('');

/** Must be called before any change. @throws CommandError when standard output is closed or discarded */
export function requireVisibleOutput({ stdout }: CliContext): void {
  if (isNullOutput(stdout))
    throw new CommandError(
      'Standard output is closed or discarded, so the secret would be lost. Nothing was changed; let it go to a ' +
        'terminal, a file or a pipe.',
    );
}

/** The streams to which a secret is being written. Their errors are handled by the command. */
const guarded = new WeakSet<Writable>();

/** Returns whether the error of a stream is handled here. */
export const isPrintingSecret = (stream: Writable) => guarded.has(stream);

async function write(text: string, stdout: Writable): Promise<void> {
  guarded.add(stdout);
  const error = await new Promise<Error | null | undefined>((resolve) => stdout.write(text, resolve));
  if (error)
    throw new CommandError(`The secret cannot be printed: ${error.message}. Nothing was changed.`, { cause: error });
  guarded.delete(stdout);
}
