// Builds the reference site into generated/reference/. Its pages load nothing from other hosts.
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Contract } from '../../model/contract.ts';
import { prepareContract } from '../redoc/prepare-contract.ts';
import { renderRedoc } from '../redoc/render.ts';
import { type Asset, collectAssets, hashed } from './assets.ts';
import { contentSecurityPolicy, writePage } from './write-page.ts';
import { writeSite } from './write-site.ts';

export const TARGET = fileURLToPath(new URL('../../../generated/reference', import.meta.url));

/** @throws Error when the contract cannot be rendered; the old site is kept */
export async function buildSite(): Promise<void> {
  const files = await collectFiles();
  await replaceFolder((folder) => writeSite(folder, files));
}

async function collectFiles(): Promise<Asset[]> {
  const yaml = await readFile(new URL('../../openapi.yaml', import.meta.url), 'utf8');
  const contract: Contract = parse(yaml);
  const rendered = await renderRedoc(prepareContract(contract));
  const assets = await collectAssets(rendered.style);
  const redoc = hashed('redoc.js', rendered.script);
  const parts = { contract, rendered, redoc, ...assets };
  const [page, served] = [writePage(parts), writePage({ ...parts, withPanel: true })];
  return [
    { name: 'index.html', content: page },
    { name: 'served.html', content: served, policy: contentSecurityPolicy(served, contract) },
    { name: 'openapi.yaml', content: yaml },
    { name: 'openapi.json', content: `${JSON.stringify(contract, null, 2)}\n` },
    redoc,
    ...assets.all,
  ];
}

/** Replaces the folder as a whole: a reader sees the old site or the new one. */
async function replaceFolder(write: (folder: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(TARGET), { recursive: true });
  const draft = await mkdtemp(`${TARGET}.`);
  try {
    const [fresh, old] = [join(draft, 'fresh'), join(draft, 'old')];
    await mkdir(fresh);
    await write(fresh);
    await rename(TARGET, old).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await rename(fresh, TARGET);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
