// The thread in which `npm run dev` generates files and builds the site. It keeps its modules loaded and compiled: a
// process of its own takes a second for that. It builds at its start, and for each message.
import { parentPort } from 'node:worker_threads';
import { contractPaths } from '../../contract-paths.ts';
import { describeOutdated, describeWritten, findOutdated, writeOutdated } from '../../generator/write-generated.ts';
import { type LiveContracts, loadLiveContracts } from '../../model/load/load-live-contracts.ts';
import { buildSite } from '../../reference/build/build-site.ts';
import { coalesce } from './coalesce.ts';

/** The message of the thread, which it also sends for invalid contracts. */
export interface BuildEvent {
  done: 'generate' | 'site';
  /** Whether files were generated since the last site was built. */
  wrote: boolean;
}

const { document, generated } = contractPaths(undefined);
const SITE = `${generated}/reference`;

/** The contracts as saved; undefined if they are invalid. */
let live: LiveContracts | undefined;
let wrote = false;

const send = (event: BuildEvent) => parentPort?.postMessage(event);

const generate = coalesce(async () => {
  live = undefined;
  await report('contract', async () => {
    const loaded = await loadLiveContracts(document);
    const outdated = await findOutdated(loaded, generated);
    await writeOutdated(outdated, generated);
    wrote ||= describeOutdated(outdated, generated) !== '';
    live = loaded;
    return describeWritten(outdated, generated);
  });
  send({ done: 'generate', wrote });
  void build();
});

// Runs separately, so that the next contract does not wait for a site that is being built.
const build = coalesce(async () => {
  const contracts = live;
  if (contracts)
    await report('site', async () => {
      const startedMs = performance.now();
      await buildSite(contracts, SITE);
      return `Wrote generated/reference/ in ${((performance.now() - startedMs) / 1000).toFixed(1)} s.`;
    });
  send({ done: 'site', wrote });
  wrote = false;
});

/** Prints each line of the result, or of the error, after the name. */
async function report(name: string, run: () => Promise<string>): Promise<void> {
  const text = await run().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  console.log(text.replace(/^/gm, `[${name}] `));
}

parentPort?.on('message', generate);
await generate();
