// Reads the contract as it is being edited: the bundled text, or every mistake with its line and column. In process, for a command takes a second to start.
import { bundle, type Config, createConfig, getLineColLocation, lint, YamlParseError } from '@redocly/openapi-core';

/** `npm run lint` asks for far more; these tell whether anything can be made from the contract at all. */
const RULES = {
  struct: 'error',
  'no-unresolved-refs': 'error',
  'operation-operationId-unique': 'error',
  // The server does not start with an example that breaks the contract.
  'no-invalid-media-type-examples': 'error',
} as const;

export type Reading = { bundled: string } | { mistakes: string[] };

let config: Promise<Config> | undefined;

/** Mistakes read like `openapi/openapi.yaml:12:5 what is wrong`; the path is the given one. */
export async function readContract(path: string): Promise<Reading> {
  config ??= createConfig({ rules: RULES });
  try {
    const problems = await lint({ ref: path, config: await config });
    if (problems.length === 0) {
      const { bundle: document } = await bundle({ ref: path, config: await config });
      return { bundled: `${JSON.stringify(sortExtensionsLast(document.parsed), null, 2)}\n` };
    }
    return {
      mistakes: problems.map(({ location: [first], message }) => {
        const at = first && getLineColLocation(first).start;
        return `${path}:${at?.line ?? 1}:${at?.col ?? 1} ${message}`;
      }),
    };
  } catch (error) {
    if (!(error instanceof YamlParseError)) throw error;
    const [reason = ''] = error.originalError.message.split(' in "');
    return { mistakes: [`${path}:${error.line}:${error.col} ${reason}`] };
  }
}

/** As the command of Redocly does, so that both write the same file. */
function sortExtensionsLast(contract: object): object {
  const isExtension = ([name]: [string, unknown]) => Number(name.startsWith('x-'));
  return Object.fromEntries(Object.entries(contract).sort((a, b) => isExtension(a) - isExtension(b)));
}
