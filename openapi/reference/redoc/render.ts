// Renders the contract with Redocly, and splits its page into style sheet, HTML and script.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Contract } from '../../model/contract.ts';
import { followExample, patchRedoc } from './patches.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const CLI = join(ROOT, 'node_modules/@redocly/cli');
const SEPARATOR = '<!-- part -->';

export interface Rendered {
  title: string;
  /** The style sheet of the prerendered HTML, for a `<style data-styled>`. */
  style: string;
  /** The prerendered element, which Redoc hydrates. */
  html: string;
  /** The definition and the options of Redoc, and the call that renders them. */
  script: string;
}

/** Redoc as a classic script, since browsers do not load module scripts from `file:`. */
export async function readRedoc(): Promise<string> {
  return toClassicScript(await readFile(join(CLI, 'lib/chunks/redoc.standalone.js'), 'utf8'));
}

/** @throws Error with the output of Redocly when it cannot render the contract */
export async function renderRedoc(contract: Contract): Promise<Rendered> {
  const folder = await mkdtemp(join(tmpdir(), 'reference-'));
  try {
    const [input, template, output] = ['openapi.json', 'page.hbs', 'page.html'].map((name) => join(folder, name)) as [
      string, // `map` keeps the length, which its type does not say.
      string,
      string,
    ];
    await writeFile(input, JSON.stringify(contract));
    await writeFile(template, ['{{title}}', '{{{redocHead}}}', '{{{redocHTML}}}'].join(SEPARATOR));
    await runRedocly(['build-docs', input, '--template', template, '--output', output]).catch((error: Error) => {
      throw new Error(`Redocly cannot render the contract: ${error.message}`, { cause: error });
    });
    return splitPage(await readFile(output, 'utf8'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the Redocly CLI with the patches. */
async function runRedocly(args: string[]): Promise<void> {
  const hook = new URL('patch-hook.ts', import.meta.url).href;
  await promisify(execFile)(process.execPath, ['--import', hook, join(CLI, 'bin/cli.js'), ...args], {
    cwd: ROOT,
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  }).catch((error: Error & { stderr?: string }) => {
    throw new Error(error.stderr?.trim() || error.message, { cause: error });
  });
}

function splitPage(page: string): Rendered {
  const [title = '', head = '', body = ''] = page.split(SEPARATOR);
  const [html = '', script = ''] = body.split('<script type="module">');
  return {
    title,
    style: between(head, '<style data-styled="true"', '</style>').replace(/^[^>]*>/, ''),
    html: toFragmentLinks(html.trim()),
    script: [
      `const __redoc_definition${between(script, 'const __redoc_definition', 'hydrate(__redoc_definition')}`,
      // page/address.ts defines it where the page is served by the API.
      'globalThis.useAddressOfPage?.(__redoc_definition);',
      'hydrate(__redoc_definition, __redoc_options, document.getElementById("redoc"));\n',
    ].join('\n'),
  };
}

function between(text: string, start: string, end: string): string {
  const from = text.indexOf(start);
  const to = text.indexOf(end, from + start.length);
  if (from < 0 || to < 0) throw new Error(`The page of Redocly has nothing between ${start} and ${end}.`);
  return text.slice(from + start.length, to);
}

/** Redoc prerenders links to a page for each section. Here all sections are on one page. */
function toFragmentLinks(html: string): string {
  return html.replace(/href="\/([^"#]*)(?:#([^"]*))?"/g, (_, path: string, part?: string) => `href="#${part ?? path}"`);
}

/** Redoc uses `import.meta` in Node only. */
function toClassicScript(bundle: string): string {
  const script = followExample(patchRedoc(bundle)).replaceAll('import.meta', '({})');
  const withoutExports = script.replace(/export\s*\{[^}]*\};?\s*$/, '');
  if (withoutExports === script) throw new Error('The script of Redoc does not end with exports.');
  return withoutExports;
}
