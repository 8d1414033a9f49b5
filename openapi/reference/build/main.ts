// `npm run docs` writes generated/reference/.
import { join, relative } from 'node:path';
import { createCommand } from '../../command/command.ts';
import { CONTRACT_OPTION, contractPaths } from '../../contract-paths.ts';
import { loadLiveContracts } from '../../model/load/load-live-contracts.ts';
import { buildSite } from './build-site.ts';

const { contract } = createCommand('docs', 'Build the reference site into generated/reference/.')
  .option(...CONTRACT_OPTION)
  .parse()
  .opts<{ contract?: string }>();

const { document, generated } = contractPaths(contract);
const target = join(generated, 'reference');
const folder = relative(process.cwd(), target) || '.';

const startedMs = performance.now();
try {
  await buildSite(await loadLiveContracts(document), target);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const next = contract === undefined ? 'npm start' : `npm run mock -- --contract ${contract}`;
  console.log(`Wrote ${folder}/index.html in ${seconds} s. Open it, or run \`${next}\`.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`${folder}/ is unchanged.`);
  process.exitCode = 1;
}
