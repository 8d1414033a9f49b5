// Renders the contract with Redocly, and splits its page into style sheet, HTML and script.
import { readFile, realpath } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { LRUCache } from 'lru-cache';
import { parse } from 'yaml';
import { ROOT } from '../../contract-paths.ts';
import type { Contract } from '../../model/contract.ts';
import { exportRenderer, followExample, patchRedoc } from './patches.ts';

const CLI = join(ROOT, 'node_modules/@redocly/cli/lib');
const TEMPLATE = fileURLToPath(new URL('page.hbs', import.meta.url));
/** The separator of the parts of the template. */
const SEPARATOR = '<!-- part -->';

export interface Rendered {
  /** The style sheet of the prerendered HTML, for a `<style data-styled>`. */
  style: string;
  /** The prerendered element, which Redoc hydrates. */
  html: string;
  /** The definition and the options of Redoc, and the call that renders them. */
  script: string;
}

let redoc: Promise<string> | undefined;

/** Redoc as a classic script, since browsers do not load module scripts from `file:`. */
export function readRedoc(): Promise<string> {
  redoc ??= readFile(join(CLI, 'chunks/redoc.standalone.js'), 'utf8').then(toClassicScript);
  return redoc;
}

/** Caches pages of about 0.7 MB each: under `npm run dev`, those of versions that a save does not change. */
const known = new LRUCache<string, Promise<Rendered>>({ max: 16 });

/** @throws Error when Redocly cannot render the contract */
export async function renderRedoc(contract: Contract): Promise<Rendered> {
  const { openapi: options } = parse(await readFile(join(ROOT, 'redocly.yaml'), 'utf8'));
  const key = JSON.stringify([contract, options]);
  const page = known.get(key) ?? render(contract, options);
  known.set(key, page);
  page.catch(() => known.delete(key));
  return page;
}

async function render(contract: Contract, redocOptions: object): Promise<Rendered> {
  renderer ??= importRenderer();
  try {
    const renderPage = await renderer;
    const options = { templateFileName: TEMPLATE, redocOptions, disableTelemetry: true, inlineBundle: false };
    // The renderer modifies its input.
    return splitPage(await renderPage(structuredClone(contract), options));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Redocly cannot render the contract: ${reason}`, { cause });
  }
}

/** The function in which the command `redocly build-docs` renders. */
type Renderer = (
  contract: Contract,
  options: { templateFileName: string; redocOptions: object; disableTelemetry: boolean; inlineBundle: boolean },
) => Promise<string>;

let renderer: Promise<Renderer> | undefined;

/** Patches the module of the command while Node loads it; node_modules stays unchanged. */
async function importRenderer(): Promise<Renderer> {
  const index = await readFile(join(CLI, 'index.js'), 'utf8');
  const [, chunk] = /\{handlerBuildCommand:\w+\}=await import\("\.\/(chunks\/\w+\.js)"\)/.exec(index) ?? [];
  if (chunk === undefined) throw new Error('The Redocly CLI has no command build-docs.');
  // Node resolves the symbolic links in the URL of a module.
  const { href } = pathToFileURL(await realpath(join(CLI, chunk)));
  const hooks = registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (url !== href) return loaded;
      return { ...loaded, source: exportRenderer(patchRedoc(loaded.source?.toString() ?? '')) };
    },
  });
  const { NODE_ENV: before } = process.env;
  // The development version of React renders the same page more slowly.
  process.env.NODE_ENV = 'production';
  try {
    return (await import(href)).renderPage;
  } finally {
    hooks.deregister();
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}

function splitPage(page: string): Rendered {
  const [head = '', body = ''] = page.split(SEPARATOR);
  const [html = '', script = ''] = body.split('<script type="module">');
  return {
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
