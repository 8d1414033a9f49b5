// Reads code blocks of the documents, for tests that run them.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './project-copy.ts';

/** A fenced code block in a Markdown file. */
export interface CodeBlock {
  language: string;
  code: string;
}

/** Reads the code blocks of a document, in order. `document` is a path from the repository root: `mock/README.md`. */
export async function readBlocks(document: string): Promise<CodeBlock[]> {
  const text = await readFile(join(ROOT, document), 'utf8');
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({ language, code }));
}

/**
 * Returns the code of the only block in this language that contains this text.
 *
 * @throws Error when the document has no such block, or more than one
 */
export async function readExample(document: string, language: string, text: string): Promise<string> {
  const found = (await readBlocks(document)).filter(
    (block) => block.language === language && block.code.includes(text),
  );
  const [block] = found;
  if (found.length !== 1 || !block)
    throw new Error(`${document} has ${found.length} ${language} blocks with ${JSON.stringify(text)}; 1 expected.`);
  return block.code;
}
