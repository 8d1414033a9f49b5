// Lets Redocly render the contract, and takes its page apart: styles, HTML, and the script that makes it live.
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
const MARK = '<!-- part -->';

/** Read once: it is the same for every contract. */
let liveScript: Promise<string> | undefined;

export interface Rendered {
  title: string;
  /** The style sheet of the prerendered HTML, as it stands in a `<style data-styled>`. */
  style: string;
  /** The prerendered page: the element that Redoc takes over. */
  html: string;
  /** A classic script: module scripts do not load from `file://`. */
  script: string;
}

/** Runs the Redocly CLI, with the patches of patch-hook.ts, with these arguments. @throws Error with what Redocly says, when it fails */
export type RunRedocly = (args: string[]) => Promise<void>;

/** @throws Error with what Redocly says, when it cannot render the contract */
export async function renderRedoc(contract: Contract, run: RunRedocly = runInOwnProcess): Promise<Rendered> {
  const folder = await mkdtemp(join(tmpdir(), 'reference-'));
  try {
    const [input, template, output] = ['openapi.json', 'page.hbs', 'page.html'].map((name) => join(folder, name)) as [
      string, // `map` keeps the length, which its type does not say.
      string,
      string,
    ];
    await writeFile(input, JSON.stringify(contract));
    await writeFile(template, ['{{title}}', '{{{redocHead}}}', '{{{redocHTML}}}'].join(MARK));
    await run(['build-docs', input, '--template', template, '--output', output]).catch((error: Error) => {
      throw new Error(`Redocly cannot render the contract: ${error.message}`, { cause: error });
    });
    liveScript ??= readFile(join(CLI, 'lib/chunks/redoc.standalone.js'), 'utf8').then(classicScript);
    return takeApart(await readFile(output, 'utf8'), await liveScript);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const runInOwnProcess: RunRedocly = async (args) => {
  const hook = new URL('patch-hook.ts', import.meta.url).href;
  await promisify(execFile)(process.execPath, ['--import', hook, join(CLI, 'bin/cli.js'), ...args], {
    cwd: ROOT,
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  }).catch((error: Error & { stderr?: string }) => {
    throw new Error(error.stderr?.trim() || error.message, { cause: error });
  });
};

function takeApart(page: string, liveScript: string): Rendered {
  const [title = '', head = '', body = ''] = page.split(MARK);
  const [html = '', script = ''] = body.split('<script type="module">');
  return {
    title,
    style: between(head, '<style data-styled="true"', '</style>').replace(/^[^>]*>/, ''),
    html: withLocalLinks(html.trim()),
    script: [
      liveScript,
      `const __redoc_definition${between(script, 'const __redoc_definition', 'hydrate(__redoc_definition')}`,
      'hydrate(__redoc_definition, __redoc_options, document.getElementById("redoc"));\n',
    ].join('\n'),
  };
}

function between(text: string, start: string, end: string): string {
  const from = text.indexOf(start);
  const to = text.indexOf(end, from + start.length);
  if (from < 0 || to < 0) throw new Error(`What Redocly renders has no part between ${start} and ${end}.`);
  return text.slice(from + start.length, to);
}

/** Redoc prerenders links as if each section had a page; on this one page a section is a fragment, which works without scripts too. */
function withLocalLinks(html: string): string {
  return html.replace(/href="\/([^"#]*)(?:#([^"]*))?"/g, (_, path: string, part?: string) => `href="#${part ?? path}"`);
}

/** The module as a classic script. Its uses of `import.meta` stand on paths that only Node takes. */
function classicScript(bundle: string): string {
  const script = followExample(patchRedoc(bundle)).replaceAll('import.meta', '({})');
  const withoutExports = script.replace(/export\s*\{[^}]*\};?\s*$/, '');
  if (withoutExports === script) throw new Error('The script of Redoc does not end with its exports.');
  return withoutExports;
}
