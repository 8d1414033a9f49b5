// Reads the contract while it is being edited: its bundled text, or every problem with its line and column.
import { bundle, type Config, createConfig, getLineColLocation, lint, YamlParseError } from '@redocly/openapi-core';
import { ContractError } from './contract-error.ts';

/** What any use of the contract depends on. `npm run lint` has many more rules. */
const RULES = {
  struct: 'error',
  'no-unresolved-refs': 'error',
  'operation-operationId-unique': 'error',
  // The server refuses to start with an example that violates its schema.
  'no-invalid-media-type-examples': 'error',
} as const;

let config: Promise<Config> | undefined;

/**
 * The contract as one JSON document. `path` is absolute, or relative to the working directory.
 *
 * @throws ContractError with one line for each problem, such as `openapi/openapi.yaml:12:5 Can't resolve $ref`
 */
export async function readContract(path: string): Promise<string> {
  // In process: a command of Redocly takes a second to start.
  config ??= createConfig({ rules: RULES });
  try {
    const problems = await lint({ ref: path, config: await config });
    if (problems.length > 0) throw new ContractError(problems.map((problem) => describe(path, problem)).join('\n'));
    const { bundle: document } = await bundle({ ref: path, config: await config });
    return `${JSON.stringify(sortExtensionsLast(document.parsed), null, 2)}\n`;
  } catch (error) {
    if (!(error instanceof YamlParseError)) throw error;
    const [reason = ''] = error.originalError.message.split(' in "');
    throw new ContractError(`${path}:${error.line}:${error.col} ${reason}`, { cause: error });
  }
}

function describe(path: string, { location: [first], message }: Awaited<ReturnType<typeof lint>>[number]): string {
  const start = first && getLineColLocation(first).start;
  return `${path}:${start?.line ?? 1}:${start?.col ?? 1} ${message}`;
}

/** As `redocly bundle` does, so that both write the same file. */
function sortExtensionsLast(contract: object): object {
  const isExtension = ([name]: [string, unknown]) => Number(name.startsWith('x-'));
  return Object.fromEntries(Object.entries(contract).sort((a, b) => isExtension(a) - isExtension(b)));
}
