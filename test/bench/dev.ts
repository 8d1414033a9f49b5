// `npm run bench -- dev`: the time from a save of openapi.yaml until server, mock, types and site have followed it.
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { exchange } from '../support/http/http.ts';
import { CONTRACT, DevProcess } from '../support/process/dev-process.ts';
import { median } from './support/measure.ts';

const SAVES = 9;
/** The first save comes when the compilers and caches of the start have settled. */
const FIRST_AFTER_MS = 3000;
/** The time between two saves, so that nothing of the first one is still running. */
const PAUSE_MS = 3000;

type Times = Record<'server' | 'mock' | 'types' | 'site' | 'all', number>;

export async function run(): Promise<void> {
  await using dev = await DevProcess.start();
  const contract = await readFile(dev.file(CONTRACT), 'utf8');
  const times: Times[] = [];
  await setTimeout(FIRST_AFTER_MS);
  for (let limit = 2; limit < 2 + SAVES; limit += 1) {
    times.push(await save(dev, contract.replaceAll('maxItems: 10000\n', `maxItems: ${limit}\n`), limit));
    await setTimeout(PAUSE_MS);
  }
  console.log(`Milliseconds from a save to its effect, ${SAVES} saves:`);
  for (const name of ['server', 'mock', 'types', 'site', 'all'] as const) {
    const each = times.map((all) => Math.round(all[name]));
    console.log(`${name.padEnd(8)} median ${median(each)}, best ${Math.min(...each)}, worst ${Math.max(...each)}`);
  }
}

async function save(dev: DevProcess, contract: string, limit: number): Promise<Times> {
  const from = dev.now;
  const startedMs = performance.now();
  const elapsed = () => performance.now() - startedMs;
  await writeFile(dev.file(CONTRACT), contract);
  const served = dev.enforces('server', limit);
  const [server, mock, types, site] = await Promise.all([
    served.then(elapsed),
    dev.enforces('mock', limit).then(elapsed),
    dev.typesChecked(from).then(elapsed),
    // The server serves the site.
    Promise.all([served, dev.siteBuilt(from)])
      .then(() => shows(dev.urls.server, limit))
      .then(elapsed),
  ]);
  return { server, mock, types, site, all: Math.max(server, mock, types, site) };
}

/** Checks that the site shows this limit. Rejects when it does not. */
async function shows(url: string, limit: number): Promise<void> {
  const { text } = await exchange(url, { method: 'GET', path: '/' });
  if (!new RegExp(`(&lt;=|<=|) ${limit} items`).test(text)) throw new Error(`The site does not show ${limit} items.`);
}
