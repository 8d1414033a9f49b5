// The code in the README, for the tests that run it: what a reader copies is what is tried.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './project-copy.ts';

/** The one block of this language that has this text. @throws Error when there is none, or more than one */
export async function readExample(language: string, text: string): Promise<string> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(
    ([, found, code]) => found === language && code?.includes(text),
  );
  const [[, , code] = []] = blocks;
  if (blocks.length !== 1 || !code)
    throw new Error(`The README has ${blocks.length} blocks of ${language} with ${JSON.stringify(text)}.`);
  return code;
}
