// `npm run docs` writes generated/reference/: the contract as a site that asks no other host for anything.
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Contract } from './contract.ts';
import { type Asset, collectAssets, hashed } from './reference/assets.ts';
import { contentSecurityPolicy, writePage } from './reference/page.ts';
import { prepareContract } from './reference/prepare.ts';
import { renderRedoc } from './reference/render.ts';
import { writeSite } from './reference/write-site.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TARGET = join(ROOT, 'generated/reference');

async function build(): Promise<Asset[]> {
  const yaml = await readFile(new URL('openapi.yaml', import.meta.url), 'utf8');
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

const startedMs = performance.now();
try {
  const files = await build();
  await replaceFolder((folder) => writeSite(folder, files));
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(
    `Wrote ${relative(process.cwd(), TARGET) || '.'}/index.html in ${seconds} s. Open it, or run \`npm start\`.`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error('generated/reference/ is unchanged.');
  process.exitCode = 1;
}
