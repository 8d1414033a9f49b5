// `npm run docs` writes generated/reference/.
import { relative } from 'node:path';
import { createCommand } from '../../command.ts';
import { buildSite, TARGET } from './build-site.ts';

createCommand('docs', 'Build the reference site into generated/reference/.').parse();

const startedMs = performance.now();
try {
  await buildSite();
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(
    `Wrote ${relative(process.cwd(), TARGET) || '.'}/index.html in ${seconds} s. Open it, or run \`npm start\`.`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error('generated/reference/ is unchanged.');
  process.exitCode = 1;
}
