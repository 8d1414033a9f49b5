// `npm run pack` builds the packages, and writes their tarballs to dist/packages/.
import { relative } from 'node:path';
import { createCommand } from '../../command/command.ts';
import { buildPackages } from './build-packages.ts';
import { runNpm } from './npm.ts';
import { folderOf, PACKAGES, PACKAGES_FOLDER } from './packages.ts';

createCommand('pack', 'Build the packages, and write their tarballs to dist/packages/.').parse();

await buildPackages();
for (const source of PACKAGES) {
  const name = await runNpm(['pack', '--silent', '--pack-destination', PACKAGES_FOLDER], folderOf(source));
  console.log(`${relative(process.cwd(), PACKAGES_FOLDER)}/${name.trim()}`);
}
