// The README of a package, from that of its folder in the repository.

/** What only a reader of the repository needs. The comments stand on lines of their own. */
const REPOSITORY_ONLY = /^<!-- repository -->\n[\s\S]*?^<!-- \/repository -->\n+/gm;
/** Such a line in a table or a code block, where no comment can stand. */
const REPOSITORY_LINE = /^.*\bin (?:this|the) repository\b.*\n/gm;

const COMMAND = /npm run (server|mock|conformance) --(?= |`)/g;
/** A link to a file that is not in the package. */
const OUTSIDE_LINK = /\[([^\]]+)\]\((?:\.\.\/|openapi\/|server\/|mock\/|test\/|\.github\/)[^)]*\)/g;

/** A link to a file of the folder. */
const INSIDE_LINK = /\]\((?!https?:|#)/g;

/**
 * Names commands as they are called where the package is installed, and leaves out what the package does not have.
 * `folder` is that of the README, from the root of the repository; in the package, its files are in the same folder.
 */
export function packageReadme(text: string, folder: string): string {
  return text
    .replace(REPOSITORY_ONLY, '')
    .replace(REPOSITORY_LINE, '')
    .replace(COMMAND, 'customer-organizations-$1')
    .replace(OUTSIDE_LINK, '$1')
    .replace(INSIDE_LINK, `](${folder === '.' ? '' : `${folder}/`}`);
}
