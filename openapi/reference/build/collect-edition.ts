// The files of one version: its page, its twin in Markdown, its contract and its collections.
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'yaml';
import type { Contract } from '../../model/contract.ts';
import { type SiteLink, writeLlms } from '../markdown/write-llms.ts';
import { writeMarkdown } from '../markdown/write-markdown.ts';
import { prepareContract } from '../redoc/prepare-contract.ts';
import { type Rendered, renderRedoc } from '../redoc/render.ts';
import type { SampleOptions } from '../samples/code-samples.ts';
import type { Asset } from '../site/asset.ts';
import { PAGE_ORIGIN, servedContract } from '../site/served-contract.ts';
import { type Edition, rootFrom, withOwnVersion } from '../versions/editions.ts';
import { versionNoticeMarkdown } from '../versions/version-notice.ts';
import { type Assets, hashed } from './assets.ts';
import { contentSecurityPolicy, writePage } from './write-page.ts';

/** The page of a version in two forms, for static hosts and for a server. */
export interface RenderedEdition {
  edition: Edition;
  page: RenderedPage;
  served: RenderedPage;
}

interface RenderedPage {
  contract: Contract;
  rendered: Rendered;
  definition: Asset;
}

/** @throws Error when the contract cannot be rendered */
export async function renderEdition(edition: Edition): Promise<RenderedEdition> {
  const render = async (contract: Contract): Promise<RenderedPage> => {
    const rendered = await renderRedoc(prepareContract(contract, sampleOptions(edition)));
    return { contract, rendered, definition: hashed('definition.js', rendered.script) };
  };
  const shown = withOwnVersion(edition.contract);
  return { edition, page: await render(shown), served: await render(servedContract(shown)) };
}

/** The files in the folder of the version, and the scripts that only its pages load. */
export async function collectEdition(
  { edition, page, served }: RenderedEdition,
  editions: readonly Edition[],
  assets: Assets & { redoc: Asset },
): Promise<Asset[]> {
  const { contract, document, folder } = edition;
  const place = { editions, current: edition };
  const html = writePage({ ...assets, ...page, place: { ...place, isServed: false } });
  const servedHtml = writePage({ ...assets, ...served, place: { ...place, isServed: true } });
  const options = { ...sampleOptions(edition), notice: versionNoticeMarkdown(place) };
  const files: Asset[] = [
    { name: 'index.html', content: html },
    {
      name: 'served.html',
      content: servedHtml,
      policy: contentSecurityPolicy(servedHtml, served.contract),
      originPlaceholder: PAGE_ORIGIN,
    },
    { name: 'openapi.yaml', content: await readYaml(document, contract) },
    { name: 'openapi.json', content: `${JSON.stringify(contract, null, 2)}\n` },
    { name: 'reference.md', content: writeMarkdown(page.contract, options) },
    { name: 'served.md', content: writeMarkdown(served.contract, options), originPlaceholder: PAGE_ORIGIN },
    ...(await collectCollections(page.contract)),
    { name: 'llms.txt', content: writeLlms(contract, LINKS, otherVersions(editions, edition)) },
  ];
  return [...files.map((file) => ({ ...file, name: folder + file.name })), page.definition, served.definition];
}

/** The client sends the newest version, unless another one is given. */
function sampleOptions({ folder, version }: Edition): SampleOptions {
  return folder === '' ? {} : { clientVersion: version };
}

/** The source of the document with its comments, unless the completed contract differs from it. */
async function readYaml(document: string, contract: Contract): Promise<string> {
  const text = await readFile(document, 'utf8');
  return isDeepStrictEqual(parse(text), contract) ? text : stringify(contract);
}

async function collectCollections(contract: Contract): Promise<Asset[]> {
  const [{ postmanCollection }, { brunoFiles }] = await Promise.all([
    import('../collections/postman.ts'),
    import('../collections/bruno.ts'),
  ]);
  return [{ name: 'postman.json', content: await postmanCollection(contract) }, ...brunoFiles(contract)];
}

/** The files that `llms.txt` lists. */
const LINKS: readonly SiteLink[] = [
  { name: 'reference.md', title: 'Reference', description: 'everything that the page says, in Markdown' },
  { name: 'openapi.yaml', title: 'OpenAPI document', description: 'the contract, with comments' },
  { name: 'openapi.json', title: 'OpenAPI document as JSON', description: 'the same for programs' },
  { name: 'postman.json', title: 'Postman collection', description: 'a request for each operation, with examples' },
];

/** The links to the other versions and to the changelog; empty for a site with one version. */
function otherVersions(editions: readonly Edition[], current: Edition): SiteLink[] {
  if (editions.length < 2) return [];
  const root = rootFrom(current);
  const others = editions.filter((each) => each !== current);
  return [
    ...others.map(({ version, folder, contract }) => {
      const age = folder === '' ? 'the newest version' : 'an older version';
      const description = contract['x-deprecation'] ? `${age}, deprecated` : age;
      return { name: `${root}${folder}llms.txt`, title: version, description };
    }),
    { name: `${root}changelog.md`, title: 'Changelog', description: 'how the versions differ' },
  ];
}
