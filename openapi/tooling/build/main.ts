// `npm run build` writes the contents of each package to dist/packages/, and `npm run pack` packs them.
import { createCommand } from '../../command/command.ts';
import { buildPackages } from './build-packages.ts';

createCommand('build', 'Build the contents of the packages into dist/packages/.').parse();

await buildPackages();
