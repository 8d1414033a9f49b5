// The entry point of `npm run mock`: reads the flags, starts the mock, and prints what it can be asked for.
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { contract } from '../generated/contract.ts';
import { operationsOf } from '../openapi/model/contract.ts';
import { StartupError } from '../server/startup-error.ts';
import { type Delay, findFault, parseDelay } from './delay.ts';
import { preferHeader, scenariosOf } from './scenarios.ts';

interface Flags {
  port: number;
  host: string;
  delay?: Delay;
}

const DYNAMIC = 'Prefer: dynamic=true';

/** 128 and the number of the signal, as shells tell it. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

const program = new Command('npm run mock --')
  .description('Answers every request that the contract allows, without a database.')
  .option('--port <number>', 'port to listen on; 0 takes any that is free', readPort, 4010)
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--delay <ms>', 'wait before every answer, such as 200, or 100-800 for anything between', readDelay)
  .helpOption('--help', 'print this and end')
  .exitOverride();

try {
  const flags = program.parse().opts<Flags>();
  for (const [signal, code] of Object.entries(EXIT_CODES)) process.once(signal, () => process.exit(code));
  // Loaded only now, so that help and wrong flags are answered at once.
  const [{ startMock }, { createLog }] = await Promise.all([import('./start.ts'), import('../server/ops/log.ts')]);
  const mock = await startMock({ ...flags, log: await createLog('info') });
  process.stdout.write(welcome(mock.url));
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof StartupError) {
    console.error(error.message);
    process.exitCode = 1;
  } else throw error;
}

function readPort(input: string): number {
  if (/^\d{1,5}$/.test(input) && Number(input) <= 65_535) return Number(input);
  throw new InvalidArgumentError('It has to be a whole number from 0 to 65535.');
}

function readDelay(input: string): Delay {
  const delay = parseDelay(input);
  const fault = findFault(delay);
  if (fault) throw new InvalidArgumentError(fault);
  return delay;
}

function welcome(url: string): string {
  const scenarios = scenariosOf(contract);
  const rows = operationsOf(contract).flatMap(({ path, method, operation }) => {
    const own = scenarios.get(operation.operationId) ?? [];
    const width = Math.max(...own.map((each) => preferHeader(each).length), DYNAMIC.length);
    return [
      `\n${method.toUpperCase()} ${url}${path}\n\n`,
      ...own.map((each) => `  ${preferHeader(each).padEnd(width)}  ${each.summary}\n`),
      `  ${DYNAMIC.padEnd(width)}  A body made up from the schema\n`,
    ];
  });
  return `
Mock of ${contract.info.title} on ${url}
Any HTTP Basic credentials are accepted. Without Prefer a request is answered with its own IDs; with one of these headers, as it says:
${rows.join('')}
Ctrl-C ends it.

`;
}
