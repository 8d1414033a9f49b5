// Builds the reference site into generated/reference/: the contract as pages that ask no other host for anything.
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Contract } from '../../model/contract.ts';
import { prepareContract } from '../redoc/prepare-contract.ts';
import { type RunRedocly, renderRedoc } from '../redoc/render.ts';
import { type Asset, collectAssets, hashed } from './assets.ts';
import { contentSecurityPolicy, writePage } from './write-page.ts';
import { type Effort, writeSite } from './write-site.ts';

export const TARGET = fileURLToPath(new URL('../../../generated/reference', import.meta.url));

export interface BuildOptions {
  /** Default: in a process of its own. */
  runRedocly?: RunRedocly;
  /** Default: `best`. */
  compression?: Effort;
}

/** @throws Error when the contract cannot be rendered; the old site stays then */
export async function buildSite({ runRedocly, compression = 'best' }: BuildOptions = {}): Promise<void> {
  const files = await collectFiles(runRedocly);
  await replaceFolder((folder) => writeSite(folder, files, compression));
}

/** The site, not yet written. @throws Error when the contract cannot be rendered */
export async function collectFiles(runRedocly?: RunRedocly): Promise<Asset[]> {
  const yaml = await readFile(new URL('../../openapi.yaml', import.meta.url), 'utf8');
  const contract: Contract = parse(yaml);
  const rendered = await renderRedoc(prepareContract(contract), runRedocly);
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

/** Puts a whole new folder in the place of the old one: who reads it sees one or the other. */
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
