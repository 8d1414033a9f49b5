// Builds the reference site into generated/reference/. Its pages load nothing from other hosts.
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LiveContracts } from '../../model/load/load-live-contracts.ts';
import { readRedoc } from '../redoc/render.ts';
import type { Asset } from '../site/asset.ts';
import { readChangelog } from '../versions/changelog.ts';
import { type Edition, editionsOf } from '../versions/editions.ts';
import { permanentLink } from '../versions/permanent-link.ts';
import { changelogPolicy, writeChangelogMarkdown, writeChangelogPage } from '../versions/write-changelog.ts';
import { type Assets, collectAssets, hashed } from './assets.ts';
import { collectEdition, type RenderedEdition, renderEdition } from './collect-edition.ts';
import { writeSite } from './write-site.ts';

/**
 * Builds the site of the live versions of a contract into a folder: a page for each version and, if there are several,
 * the changelog.
 *
 * @throws Error when a contract cannot be rendered; the old site is kept
 */
export async function buildSite(live: LiveContracts, target: string): Promise<void> {
  const files = await collectFiles(live);
  await replaceFolder(target, (folder) => writeSite(folder, files, target));
}

async function collectFiles(live: LiveContracts): Promise<Asset[]> {
  const editions = editionsOf(live);
  const rendered: RenderedEdition[] = [];
  for (const edition of editions) rendered.push(await renderEdition(edition));
  const assets = await collectAssets([...new Set(rendered.map(({ page }) => page.rendered.style))]);
  const redoc = hashed('redoc.js', await readRedoc());
  const files: Asset[] = [];
  for (const each of rendered) files.push(...(await collectEdition(each, editions, { redoc, ...assets })));
  const changelog = editions.length > 1 ? await collectChangelog(editions, assets) : [];
  const [newest] = editions;
  const link = newest && editions.length > 1 ? permanentLink(newest) : [];
  return [...files, ...link, ...changelog, redoc, ...assets.all];
}

/** The changelog with its assets, which are those of a site with several versions. */
async function collectChangelog(editions: readonly Edition[], assets: Assets): Promise<Asset[]> {
  const entries = await readChangelog(editions);
  const title = editions[0]?.contract.info.title ?? '';
  const place = { editions, current: undefined };
  const page = (isServed: boolean) => writeChangelogPage(entries, { ...place, isServed }, { title, ...assets });
  return [
    { name: 'changelog.html', content: page(false) },
    { name: 'served-changelog.html', content: page(true), policy: changelogPolicy() },
    { name: 'changelog.md', content: writeChangelogMarkdown(entries, title) },
    assets.versionMenu,
    assets.changelog,
  ];
}

/** Replaces the folder as a whole: a reader sees the old site or the new one. */
async function replaceFolder(target: string, write: (folder: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const draft = await mkdtemp(`${target}.`);
  try {
    const fresh = join(draft, 'fresh');
    await mkdir(fresh);
    await write(fresh);
    // Another build may put its site there between these two steps. The last one wins.
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
