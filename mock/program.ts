// The mock command: parses its options, starts the mock, and lists the responses that a request can select.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { contract as bundledContract } from '../generated/contract.ts';
import { examples } from '../generated/examples.ts';
import { commandName, IN_REPOSITORY } from '../openapi/command/command-name.ts';
import { explainUsage, lookUp } from '../openapi/command/usage-errors.ts';
import { type Contract, isAuthenticated, operationsOf } from '../openapi/model/contract.ts';
import { ContractError } from '../openapi/model/contract-error.ts';
import { readExamples } from '../openapi/model/examples/contract-examples.ts';
import { readOperationTables } from '../openapi/model/operation-tables.ts';
import { version } from '../openapi/version.ts';
import { StartupError } from '../server/startup-error.ts';
import { escapeArguments, escapeLines } from '../server/text/invisible.ts';
import { preferHeader, scenariosOf } from './core/scenarios.ts';
import { DEFAULT_HOST, DEFAULT_PORT } from './default-address.ts';
import { DELAY_TEXT, type Delay, isDelay, parseDelay } from './delay.ts';

interface Options {
  port: number;
  host: string;
  delay?: Delay;
  openControl: boolean;
  quiet: boolean;
  contract?: string;
}

interface OtherContract {
  contract: Contract;
  /** The folder of the contract's reference site. */
  reference: string;
}

const DYNAMIC = 'Prefer: dynamic=true';

const MEANINGS = {
  '--port NUMBER': 'p listen',
  '--host ADDRESS': 'address bind hostname ip',
  '--delay MS': 'latency slow wait d sleep timeout',
  '--quiet': 'q silent',
  '--open-control': 'open control remote expose',
  'the header `Prefer: dynamic=true` in a request': 'dynamic random faker',
  'the header `Prefer: code=503` or `Prefer: example=NAME` in a request': 'code status error example scenario',
  ...(IN_REPOSITORY && { '--contract FILE': 'spec openapi file document c f' }),
};

/** The streams that a command writes to. */
export interface Output {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
}

/**
 * Runs the command with these arguments. The mock keeps running after the promise has resolved.
 * @returns the exit code: 2 for wrong usage, 1 when the mock cannot start, 0 otherwise
 */
export async function run(argv: readonly string[], output: Output): Promise<number> {
  try {
    await start(createProgram(argv, output).parse(argv, { from: 'user' }).opts<Options>(), output);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof StartupError || error instanceof ContractError)) throw error;
    output.stderr.write(`${escapeLines(escapeArguments(error.message, argv))}\n`);
    return 1;
  }
}

function createProgram(argv: readonly string[], { stdout, stderr }: Output): Command {
  const program = new Command(commandName('mock'))
    .description('Mock the API: respond to every valid request, without a database.')
    .option('--port <number>', 'port to listen on; 0 picks a free one', parsePort, DEFAULT_PORT)
    .option('--host <address>', 'address to listen on', parseHost, DEFAULT_HOST)
    .option('--delay <ms>', 'delay of each response, such as 200, or a range, such as 100-800', parseDelayOption)
    .option('--open-control', 'let other machines, and pages of any origin, use the controls under /_mock', false)
    .addOption(new Option('--contract <file>', 'another OpenAPI 3.1 document to mock').hideHelp(!IN_REPOSITORY))
    .version(version)
    .option('--quiet', 'do not list the responses at start', false)
    .helpOption('-h, --help', 'print this help')
    .showHelpAfterError('(--help lists the options)')
    .configureOutput({
      outputError: (text, write) => write(explainUsage(text, lookUp(MEANINGS), program.options)),
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(escapeLines(escapeArguments(text, argv))),
    })
    .exitOverride();
  return program;
}

async function start({ quiet, contract: file, ...options }: Options, { stdout }: Output): Promise<void> {
  const other = file === undefined ? undefined : await loadOther(file);
  const contract = other?.contract ?? bundledContract;
  // Loaded after the options are validated, so that help and errors appear at once.
  const [{ startMock }, { createLog }, { buildReferenceSoon }] = await Promise.all([
    import('./start.ts'),
    import('../server/ops/log.ts'),
    import('../server/site/reference.ts'),
  ]);
  const mock = await startMock({ ...options, ...other, log: await createLog('info') });
  if (!other) buildReferenceSoon();
  stdout.write(quiet ? `Mock of ${contract.info.title} on ${mock.url}\n` : describe(contract, mock.url));
}

function parsePort(input: string): number {
  if (/^\d{1,5}$/.test(input) && Number(input) <= 65_535) return Number(input);
  throw new InvalidArgumentError('It must be an integer from 0 to 65535.');
}

/** Rejects an empty host, for which Node would listen on all addresses. */
function parseHost(input: string): string {
  if (input.trim() !== '') return input;
  throw new InvalidArgumentError('It must not be empty. 0.0.0.0 stands for all addresses.');
}

function parseDelayOption(input: string): Delay {
  const delay = parseDelay(input);
  if (!isDelay(delay)) throw new InvalidArgumentError(`The delay must be ${DELAY_TEXT}.`);
  return delay;
}

/**
 * Loads another contract. Only the repository contains the code that reads contract files, so bundlers must skip it.
 */
async function loadOther(file: string): Promise<OtherContract> {
  if (!IN_REPOSITORY) throw new StartupError('The option --contract works in the repository of this project only.');
  const { loadOtherContract } = await import(new URL('../openapi/tooling/other-contract.ts', import.meta.url).href);
  return loadOtherContract(file);
}

function describe(contract: Contract, url: string): string {
  const contractExamples =
    contract === bundledContract ? examples : readExamples(contract, readOperationTables(contract).edgeHeaders);
  const scenarios = scenariosOf(contractExamples);
  const operations = operationsOf(contract).flatMap(({ path, method, operation }) => {
    const responses = scenarios.get(operation.operationId) ?? [];
    const width = Math.max(...responses.map((each) => preferHeader(each).length), DYNAMIC.length);
    return [
      `\n${method.toUpperCase()} ${url}${path}\n\n`,
      ...responses.map((each) => `  ${preferHeader(each).padEnd(width)}  ${each.summary}\n`),
      `  ${DYNAMIC.padEnd(width)}  A body generated from the schema\n`,
    ];
  });
  const needsCredentials = operationsOf(contract).some(({ operation }) => isAuthenticated(contract, operation));
  const credentials = needsCredentials ? 'Any HTTP Basic credentials are accepted.' : 'No credentials are needed.';
  return `
Mock of ${contract.info.title} on ${url}
${credentials} The response has the IDs of the request, unless one of these headers asks for
another:
${operations.join('')}
Press Ctrl-C to stop.

`;
}
