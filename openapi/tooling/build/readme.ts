// Derives the documents of a package from those of the repository.
import { dirname, join, relative } from 'node:path/posix';
import { addressOf, type PackageSource } from './packages.ts';

/** Text that only readers of the repository need, between comments on lines of their own. */
const REPOSITORY_ONLY = /^<!-- repository -->\n[\s\S]*?^<!-- \/repository -->\n+/gm;
/** Such a line in a table or a code block, which can have no comment. */
const REPOSITORY_LINE = /^.*\bin (?:this|the) repository\b.*\n/gm;

const COMMAND = /npm run (server|mock|conformance) --(?= |`)/g;
/** A link to a file. */
const FILE_LINK = /\[([^\]]+)\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)/g;

/**
 * A document for the package. It uses the names of installed commands, links to files of the package, and keeps only
 * the text of links to other files. `path` is that of the document in the repository.
 */
export function packageDocument(text: string, path: string, source: PackageSource): string {
  const folder = dirname(addressOf(path, source) ?? path);
  return text
    .replace(REPOSITORY_ONLY, '')
    .replace(REPOSITORY_LINE, '')
    .replace(COMMAND, 'customer-organizations-$1')
    .replace(FILE_LINK, (_link, label: string, target: string, anchor = '') => {
      const address = addressOf(join(dirname(path), target), source);
      return address === undefined ? label : `[${label}](${relative(folder, address)}${anchor})`;
    });
}
