// Explains why a file cannot be read.

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist. Correct the path.',
  ENOTDIR: 'does not exist: a part of its path is a file. Correct the path.',
  EISDIR: 'is a folder. Name a file in it.',
  EACCES: 'may not be read. Change its permissions.',
};

/** The reason and what to do, as text that follows the name of the file. */
export function explainReadError({ code = '' }: NodeJS.ErrnoException): string {
  return REASONS[code] ?? `cannot be read: ${code}. Correct the path.`;
}
