// Folders, databases and rejected starts, for the tests of `npm start`.
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { commandIn } from '../../support/process/command.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A folder that is removed after the test. */
export async function folder(): Promise<string> {
  const { path, [Symbol.asyncDispose]: remove } = await temporaryFolder();
  onTestFinished(() => remove());
  return path;
}

/** Runs `serve` in this process, with settings that it rejects. Resolves when it has ended. */
export const serve = (settings: Record<string, string>) => commandIn({ PORT: '0', ...settings }, 'serve');

/** The path of a database that does not exist yet, in a folder that does not either. */
export const database = async () => join(await folder(), 'data', 'test.db');
