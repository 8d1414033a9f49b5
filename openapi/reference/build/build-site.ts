// Builds the reference site into generated/reference/. Its pages load nothing from other hosts.
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'yaml';
import type { Contract } from '../../model/contract.ts';
import type { LiveContracts } from '../../model/versions/load-live-contracts.ts';
import { type SiteLink, writeLlms } from '../markdown/write-llms.ts';
import { writeMarkdown } from '../markdown/write-markdown.ts';
import { prepareContract } from '../redoc/prepare-contract.ts';
import { readRedoc, renderRedoc } from '../redoc/render.ts';
import { type Asset, collectAssets, hashed } from './assets.ts';
import { PAGE_ORIGIN, servedContract } from './served-contract.ts';
import { contentSecurityPolicy, writePage } from './write-page.ts';
import { writeSite } from './write-site.ts';

/**
 * Builds the site of the live versions of a contract into a folder.
 *
 * @throws Error when a contract cannot be rendered; the old site is kept
 */
export async function buildSite(live: LiveContracts, target: string): Promise<void> {
  const files = await collectFiles(live);
  await replaceFolder(target, (folder) => writeSite(folder, files, target));
}

async function collectFiles({ document, newest: contract }: LiveContracts): Promise<Asset[]> {
  const text = await readFile(document, 'utf8');
  // What the site shows is what it offers for download.
  const yaml = isDeepStrictEqual(parse(text), contract) ? text : stringify(contract);
  const atPage = servedContract(contract);
  const rendered = await renderRedoc(prepareContract(contract));
  const renderedAtPage = await renderRedoc(prepareContract(atPage));
  const collections = await collectCollections(contract);
  const assets = await collectAssets(rendered.style);
  const redoc = hashed('redoc.js', await readRedoc());
  const definition = hashed('definition.js', rendered.script);
  const definitionAtPage = hashed('definition.js', renderedAtPage.script);
  const parts = { redoc, ...assets };
  const page = writePage({ ...parts, contract, rendered, definition });
  const served = writePage({
    ...parts,
    contract: atPage,
    rendered: renderedAtPage,
    definition: definitionAtPage,
    isServed: true,
  });
  return [
    { name: 'index.html', content: page },
    {
      name: 'served.html',
      content: served,
      policy: contentSecurityPolicy(served, atPage),
      originPlaceholder: PAGE_ORIGIN,
    },
    { name: 'openapi.yaml', content: yaml },
    { name: 'openapi.json', content: `${JSON.stringify(contract, null, 2)}\n` },
    { name: 'reference.md', content: writeMarkdown(contract) },
    { name: 'served.md', content: writeMarkdown(atPage), originPlaceholder: PAGE_ORIGIN },
    ...collections,
    { name: 'llms.txt', content: writeLlms(contract, LINKS) },
    redoc,
    definition,
    definitionAtPage,
    ...assets.all,
  ];
}

async function collectCollections(contract: Contract): Promise<Asset[]> {
  const [{ postmanCollection }, { brunoFiles }] = await Promise.all([
    import('../collections/postman.ts'),
    import('../collections/bruno.ts'),
  ]);
  return [{ name: 'postman.json', content: await postmanCollection(contract) }, ...brunoFiles(contract)];
}

/** What `llms.txt` names. */
const LINKS: readonly SiteLink[] = [
  { name: 'reference.md', title: 'Reference', description: 'everything that the page says, in Markdown' },
  { name: 'openapi.yaml', title: 'OpenAPI document', description: 'the contract, with comments' },
  { name: 'openapi.json', title: 'OpenAPI document as JSON', description: 'the same for programs' },
  { name: 'postman.json', title: 'Postman collection', description: 'a request for each operation, with examples' },
];

/** Replaces the folder as a whole: a reader sees the old site or the new one. */
async function replaceFolder(target: string, write: (folder: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const draft = await mkdtemp(`${target}.`);
  try {
    const fresh = join(draft, 'fresh');
    await mkdir(fresh);
    await write(fresh);
    // Another build may put its site there between these two steps. The last one stays.
    for (let attempt = 0; ; attempt += 1) {
      await rename(target, join(draft, `old-${attempt}`)).catch(ignore('ENOENT'));
      if (await rename(fresh, target).then(() => true, ignore('ENOTEMPTY'))) return;
    }
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** A handler that rethrows all errors but those with this code. */
function ignore(code: string): (error: NodeJS.ErrnoException) => false {
  return (error) => {
    if (error.code !== code) throw error;
    return false;
  };
}
