// Supports browsers without scripts: writes out what Redoc shows on a click, and hides its controls.
import { type Contract, operationsOf, type Response, resolve, responsesOf } from '../../model/contract.ts';
import { type CodeSample, codeSamples, type SampleOptions } from '../samples/code-samples.ts';
import { escapeHtml } from '../site/escape-html.ts';
import { inlineMarkdown } from '../site/inline-markdown.ts';

/** A `<noscript>` with all samples, and with every response and its examples. */
export function noScriptHtml(contract: Contract, options: SampleOptions = {}): string {
  const parts = operationsOf(contract).map((entry) => {
    const responses = responsesOf(contract, entry.operation);
    return [
      `<section><h2>${escapeHtml(entry.operation.summary)}: samples</h2>`,
      ...codeSamples(contract, entry, options).map(sampleHtml),
      `</section><section><h2>${escapeHtml(entry.operation.summary)}: responses</h2>`,
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
  const blocks = examples.map(([name, { summary = name, value }]) => {
    const json = escapeHtml(JSON.stringify(value, null, 2));
    return `<h4>${escapeHtml(summary)}</h4><pre>${json}</pre>`;
  });
  return [`<h3>${status}</h3><p>${inlineMarkdown(description)}</p><ul>${lines.join('')}</ul>`, ...blocks].join('\n');
}

/** Adds the dark colours, which a script would switch on, as `prefers-color-scheme` rules. */
export function noScriptStyle(ownStyle: string, sheets: readonly string[]): string {
  const dark = sheets
    .flatMap(innermostRules)
    .filter(({ selector }) => selector.includes(':root.dark'))
    .map(({ selector, declarations }) => `${selector.replaceAll(':root.dark', ':root')}{${declarations}}`);
  // The style sheets of several versions have most rules in common.
  return `${ownStyle}\n@media (prefers-color-scheme: dark) {\n${[...new Set(dark)].join('\n')}\n}\n`;
}

/** The rules that contain no others. Splits at braces: a regular expression takes 14 s for Redoc's half megabyte. */
function innermostRules(sheet: string): { selector: string; declarations: string }[] {
  return sheet.split('}').flatMap((text) => {
    const [declarations, selector] = text.split('{').reverse();
    return declarations === undefined || selector === undefined ? [] : [{ selector, declarations }];
  });
}
