// Writes `llms.txt`, an index of the site for programs that read text (https://llmstxt.org).
import { type Contract, operationsOf } from '../../model/contract.ts';
import { oneLine } from './describe-schema.ts';

export interface SiteLink {
  /** The path in the site. */
  name: string;
  title: string;
  description: string;
}

/** `versions` are the links to the other versions and to the changelog, for a site that has them. */
export function writeLlms(contract: Contract, links: readonly SiteLink[], versions: readonly SiteLink[] = []): string {
  const { title, summary = '' } = contract.info;
  const operations = operationsOf(contract).map(
    ({ operation, method, path }) => `- \`${method.toUpperCase()} ${path}\`: ${oneLine(operation.summary)}`,
  );
  const list = (each: readonly SiteLink[]) =>
    each.map(({ name, title: text, description }) => `- [${text}](${name}): ${description}`).join('\n');
  return `# ${title}

> ${oneLine(String(summary))}

${operations.join('\n')}

## Documentation

${list(links)}
${versions.length > 0 ? `\n## Versions\n\nThis is version ${contract.info.version}.\n\n${list(versions)}\n` : ''}`;
}
