// `llms.txt`: where a program that reads text finds what (https://llmstxt.org).
import { type Contract, operationsOf } from '../../model/contract.ts';
import { oneLine } from './describe-schema.ts';

export interface SiteLink {
  /** Path in the site. */
  name: string;
  title: string;
  description: string;
}

export function writeLlms(contract: Contract, links: readonly SiteLink[]): string {
  const { title, summary = '' } = contract.info;
  const operations = operationsOf(contract).map(
    ({ operation, method, path }) => `- \`${method.toUpperCase()} ${path}\`: ${oneLine(operation.summary)}`,
  );
  return `# ${title}

> ${oneLine(String(summary))}

${operations.join('\n')}

## Documentation

${links.map(({ name, title: text, description }) => `- [${text}](${name}): ${description}`).join('\n')}
`;
}
