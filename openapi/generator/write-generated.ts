// Brings the folder of the generated files up to date.
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { replaceFile } from '../command/replace-file.ts';
import { ROOT } from '../contract-paths.ts';
import type { LiveContracts } from '../model/load/load-live-contracts.ts';
import type { OlderContract } from '../model/versions/older-contract.ts';
import { generateFiles, VERSIONS_FOLDER } from './generate-files.ts';

/** The differences between a folder and what the contracts generate. */
export interface Outdated {
  /** The text of each file that is missing or has a different text, by its name in the folder. */
  stale: Map<string, string>;
  /** The folders of versions that are not live any more, by their names in the folder. */
  retired: string[];
}

/** @throws ContractError when the contract lacks what the generated code needs */
export async function findOutdated({ newest, older }: LiveContracts, folder: string): Promise<Outdated> {
  const stale = new Map<string, string>();
  for (const [name, text] of await generateFiles(newest, folder, older)) {
    const current = await readFile(join(folder, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    if (current !== text) stale.set(name, text);
  }
  return { stale, retired: await findRetired(older, folder) };
}

export async function writeOutdated({ stale, retired }: Outdated, folder: string): Promise<void> {
  for (const [name, text] of stale) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await replaceFile(path, text);
  }
  for (const name of retired) await rm(join(folder, name), { recursive: true });
}

/** The paths of all outdated files from the root of the project; empty when there are none. */
export function describeOutdated({ stale, retired }: Outdated, folder: string): string {
  return describeNames([...stale.keys(), ...retired], folder);
}

/** What `writeOutdated` has done. */
export function describeWritten({ stale, retired }: Outdated, folder: string): string {
  const lines = [
    ...(stale.size > 0 ? [`Wrote ${describeNames([...stale.keys()], folder)}.`] : []),
    ...(retired.length > 0 ? [`Removed ${describeNames(retired, folder)}.`] : []),
  ];
  return lines.length > 0 ? lines.join('\n') : `${relative(ROOT, folder)}/ is up to date.`;
}

function describeNames(names: readonly string[], folder: string): string {
  return names.map((name) => relative(ROOT, join(folder, name))).join(', ');
}

async function findRetired(older: readonly OlderContract[], folder: string): Promise<string[]> {
  const names = await readdir(join(folder, VERSIONS_FOLDER)).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => older.every(({ version }) => version !== name))
    .map((name) => join(VERSIONS_FOLDER, name));
}
