// For readers whose browser runs no scripts: what Redoc shows only on a click, written out, and a style without its dead controls.
import { type Contract, operationsOf, type Response, resolve, responsesOf } from '../../model/contract.ts';
import { type CodeSample, codeSamples } from '../samples/code-samples.ts';
import { escapeHtml } from './escape-html.ts';

/** Stands in a `<noscript>` below the operation: all samples, and every response with its examples. */
export function withoutScriptsHtml(contract: Contract): string {
  const parts = operationsOf(contract).map((place) => {
    const responses = responsesOf(contract, place.operation);
    return [
      `<section><h2>${escapeHtml(place.operation.summary)}: samples</h2>`,
      ...codeSamples(contract, place).map(sampleHtml),
      `</section><section><h2>${escapeHtml(place.operation.summary)}: responses</h2>`,
      ...responses.map(({ status, response }) => responseHtml(contract, String(status), response)),
      '</section>',
    ];
  });
  return `<noscript><div class="plain">${parts.flat().join('\n')}</div></noscript>`;
}

function sampleHtml({ label, example, source }: CodeSample): string {
  return `<details><summary>${escapeHtml(`${label}: ${example}`)}</summary><pre>${escapeHtml(source)}</pre></details>`;
}

function responseHtml(contract: Contract, status: string, { description, headers = {}, content = {} }: Response) {
  const lines = Object.entries(headers).map(([name, header]) => {
    const text = resolve(contract, header).description ?? '';
    return `<li><code>${escapeHtml(name)}</code> ${inlineMarkdown(text)}</li>`;
  });
  const examples = Object.values(content).flatMap((media) => Object.entries(media.examples ?? {}));
  return `<h3>${status}</h3><p>${inlineMarkdown(description)}</p><ul>${lines.join('')}</ul>
${examples.map(([name, { summary = name, value }]) => `<h4>${escapeHtml(summary)}</h4><pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`).join('\n')}`;
}

/** Code, emphasis and links: all that a description of a header or a response has. */
function inlineMarkdown(text: string): string {
  return escapeHtml(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*([^*]+)\*/g, '<em>$1</em>')
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, '<a href="$2">$1</a>');
}

/** What a script would choose, the dark colours, follows the reader's preference by itself. */
export function withoutScriptsStyle(ownStyle: string, sheets: readonly string[]): string {
  const dark = sheets
    .flatMap(innermostRules)
    .filter(({ selector }) => selector.includes(':root.dark'))
    .map(({ selector, declarations }) => `${selector.replaceAll(':root.dark', ':root')}{${declarations}}`)
    .join('\n');
  return `${ownStyle}\n@media (prefers-color-scheme: dark) {\n${dark}\n}\n`;
}

/** Cut at the braces: a regular expression would begin anew at each letter of each rule, which takes 14 s with the half megabyte of Redoc. */
function innermostRules(sheet: string): { selector: string; declarations: string }[] {
  return sheet.split('}').flatMap((text) => {
    const [declarations, selector] = text.split('{').reverse();
    return declarations === undefined || selector === undefined ? [] : [{ selector, declarations }];
  });
}
