// Runs the command of the mock in this process.
import { run } from './program.ts';

/** 128 plus the signal number, as shells report it. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

for (const [signal, code] of Object.entries(EXIT_CODES)) process.once(signal, () => process.exit(code));
process.exitCode = await run(process.argv.slice(2), process);
