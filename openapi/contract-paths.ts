// The paths of a contract, and of what is generated from it. A contract other than that of this project has a folder of
// its own, so that nothing of it is committed.
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The option of commands that also take another contract. */
export const CONTRACT_OPTION = [
  '--contract <file>',
  'another OpenAPI 3.1 document than openapi/openapi.yaml; nothing of it is committed',
] as const;

interface ContractPaths {
  /** The document, relative to the working directory. */
  document: string;
  /** The folder of the generated files; the reference site is below it. */
  generated: string;
}

/** `file` is the value of the option, or undefined for the contract of this project. */
export function contractPaths(file: string | undefined): ContractPaths {
  if (file === undefined)
    return {
      document: relative(process.cwd(), join(ROOT, 'openapi/openapi.yaml')),
      generated: join(ROOT, 'generated'),
    };
  const name = basename(file).replace(/\.\w+$/, '');
  return { document: file, generated: join(ROOT, 'dist/contracts', name) };
}
