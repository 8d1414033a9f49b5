// How to call a command of this project: through npm in the repository, by its own name where a package is installed.

/** Whether this is the repository. Packages contain JavaScript only. */
export const IN_REPOSITORY = import.meta.url.endsWith('.ts');

/** The call of a command: `npm run mock --`, or `customer-organizations-mock` where that is installed. */
export function commandName(name: 'server' | 'mock' | 'conformance'): string {
  return IN_REPOSITORY ? `npm run ${name} --` : `customer-organizations-${name}`;
}

/** The command that starts the server, as it follows the settings: `npm start` in `PORT=3001 npm start`. */
export const START_COMMAND = IN_REPOSITORY ? 'npm start' : commandName('server');
