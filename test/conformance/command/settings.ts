// Parses and validates the arguments of the conformance command.
import { Command, Option } from 'commander';
import { commandName, IN_REPOSITORY } from '../../../openapi/command/command-name.ts';
import { isNullOutput } from '../../../openapi/command/is-null-output.ts';
import { explainUsage, lookUp } from '../../../openapi/command/usage-errors.ts';
import { basePathOf, type Contract } from '../../../openapi/model/contract.ts';
import type { OlderContract } from '../../../openapi/model/versions/older-contract.ts';
import { version } from '../../../openapi/version.ts';
import type { Subject } from '../cases/case.ts';
import { explainUrl, toBaseUrl } from '../options/base-url.ts';
import { sampleCustomers } from '../options/sample-customers.ts';
import { OTHER_USER_VARIABLE, USER_VARIABLE, USER2_VARIABLE } from '../options/user-variables.ts';
import type { Baseline } from '../report.ts';
import { readBaseline } from '../reports/baseline.ts';
import type { Output } from '../reports/output.ts';
import type { RunSettings } from '../run/run.ts';
import {
  collect,
  collectCustomers,
  collectHeaders,
  collectUuids,
  parseCount,
  parseCustomersFile,
  parseOnce,
  parseUser,
  parseUuid,
  splitUser,
} from './option-parsers.ts';
import { readTextFile } from './read-text-file.ts';
import { findSameFile } from './same-file.ts';

export interface Settings extends RunSettings {
  rate: number;
  /** The version of the API to test; undefined: all. */
  apiVersion: string | undefined;
  junit: string | undefined;
  html: string | undefined;
  json: boolean;
}

interface Flags {
  user: string;
  user2?: string;
  otherUser?: string;
  customer?: [id: string, name: string][];
  customers?: [id: string, name: string][];
  owner: string;
  member?: string[];
  seed: number;
  requests: number;
  apiVersion?: string;
  rate: number;
  timeout: number;
  only?: string[];
  baseline?: string;
  junit?: string;
  html?: string;
  json?: boolean;
  mock?: boolean;
  strictHeaders?: boolean;
  allowHeader?: string[];
}

/** The versions to test: the newest, and the older ones that are live. */
export interface Tested {
  contract: Contract;
  older: readonly OlderContract[];
}

const MEANINGS = {
  [`the URL as an argument: ${commandName('conformance')} http://localhost:3000/api`]:
    'url u base-url baseurl target server host endpoint address api port p',
  '--user ID:SECRET':
    'username password pass auth credentials client client-id client-secret id secret key api-key token',
  '--owner UUID': 'owner-id customer parent',
  '--member UUID': 'members member-id member-ids child',
  '--requests N': 'count n number runs iterations random cases',
  '--api-version DATE': 'sequence-version',
  '--rate N': 'rps limit speed rate-limit concurrency',
  '--timeout S': 'timeout-ms time wait',
  '--junit FILE': 'output o report xml file junit-xml reporter',
  '--only RULE': 'filter grep select rule rules',
  '--allow-header NAME': 'header allow ignore-header',
  '--strict-headers': 'strict',
  ...(IN_REPOSITORY && { '--contract FILE': 'spec openapi document' }),
};

/** Parses the arguments. For invalid arguments and `--help`, writes a message and throws `CommanderError`. */
export function readSettings({ contract, older }: Tested, argv: readonly string[], output: Output): Settings {
  const samples = sampleCustomers([contract, ...older.map((each) => each.contract)]);
  const command = createCommand(contract, samples, output);
  let customersFile: string | undefined;
  command.on('option:customers', (path: string) => {
    customersFile = path;
  });
  command.parse(argv, { from: 'user' });
  const flags = command.opts<Flags>();
  const [given = ''] = command.args;
  const error = explainUrl(given) ?? explainFlags(flags, customersFile, output);
  if (error !== undefined) command.error(`error: ${error}`);
  const subject = toSubject(toBaseUrl(contract, given), flags, samples);
  const baseline = readBaselineOption(command, flags.baseline);
  // The names of random combinations contain the seed.
  const seed = command.getOptionValueSource('seed') === 'default' ? (baseline?.seed ?? flags.seed) : flags.seed;
  const { requests, rate, timeout, apiVersion, junit, html, json = false } = flags;
  const { strictHeaders = false, allowHeader: allowedHeaders = [], only = [] } = flags;
  return {
    ...{ subject, seed, requests, rate, timeoutMs: timeout * 1000, strictHeaders, allowedHeaders, only },
    ...{ apiVersion, baseline, junit, html, json },
  };
}

type Samples = ReturnType<typeof sampleCustomers>;

function createCommand(contract: Contract, { owner, members }: Samples, { stdout, stderr }: Output): Command {
  return new Command(commandName('conformance'))
    .version(version)
    .description(
      'Sends requests derived from the contract to an implementation and validates every response. ' +
        'It creates organizations.',
    )
    .argument('<url>', `base URL of the implementation; without a path, ${basePathOf(contract)} is added`)
    .addOption(
      new Option('--user <id:secret>', 'client ID and secret')
        .env(USER_VARIABLE)
        .default('key:secret')
        .argParser(parseUser),
    )
    .addOption(
      new Option('--user2 <id:secret>', 'another client of the same account').env(USER2_VARIABLE).argParser(parseUser),
    )
    .addOption(
      new Option('--other-user <id:secret>', 'a client of another account, which has none of these customers')
        .env(OTHER_USER_VARIABLE)
        .argParser(parseUser),
    )
    .option('--customer <uuid=name>', 'a customer whose name is returned as it is here; repeatable', collectCustomers)
    .option('--customers <file>', 'a file with UUID=NAME on each line', parseCustomersFile)
    .option('--owner <uuid>', 'an existing customer that may own an organization', parseUuid, owner)
    .option(
      '--member <uuid>',
      `an existing customer that may be a member; repeatable (default: ${members.join(' and ')})`,
      collectUuids,
    )
    .addOption(
      new Option('--seed <n>', 'seed of the random combinations; the same seed sends the same ones')
        .default(Math.floor(Math.random() * 2 ** 31), 'random, printed at the start')
        .argParser(parseCount(0, 2 ** 31)),
    )
    .option('--requests <n>', 'random combinations, besides the derived requests', parseCount(0, 1_000_000), 300)
    .option('--api-version <date>', 'the version of the API to test (default: each that is live)', parseOnce)
    .option('--rate <n>', 'requests per second; sending pauses after a 429', parseCount(1, 100_000), 24)
    .option('--timeout <s>', 'time limit in seconds for one complete response', parseCount(1, 3600), 30)
    .option('--mock', 'the implementation is a mock: it accepts any credentials, knows no customers and stores nothing')
    .option('--strict-headers', 'reject headers that the contract does not declare, which are only noted otherwise')
    .option('--allow-header <name>', 'an undeclared header that is right; repeatable', collectHeaders)
    .addOption(new Option('--contract <file>', 'another OpenAPI 3.1 document').hideHelp(!IN_REPOSITORY))
    .option('--only <rule>', 'test this rule, by its name in the report; repeatable', collect)
    .option('--baseline <file>', 'known failures, as --json prints them: reported, but no reason to fail')
    .option('--html <file>', 'also write the result as an HTML page')
    .option('--junit <file>', 'also write the result as JUnit XML')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', HELP)
    .showHelpAfterError('(--help lists the options)')
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(explainUsage(text, lookUp(MEANINGS))),
    })
    .exitOverride();
}

/** The error in flags that exclude each other; undefined when there is none. */
function explainFlags(flags: Flags, customersFile: string | undefined, { stdout }: Output): string | undefined {
  const same = findSameClient(flags);
  if (same !== undefined) return `${same} names the client of another option; give it one of its own`;
  const sameFile = findSameFile(
    [
      ['--html', flags.html],
      ['--junit', flags.junit],
    ],
    [
      ['--baseline', flags.baseline],
      ['--customers', customersFile],
    ],
  );
  if (sameFile !== undefined) return `${sameFile}; name another for the report`;
  if (flags.json && isNullOutput(stdout))
    return (
      '--json prints to standard output, which is closed or discarded. ' +
      'Let it go to a file or a pipe, or leave --json out.'
    );
  return undefined;
}

function toSubject(url: string, flags: Flags, { owner, members }: Samples): Subject {
  return {
    url,
    ...splitUser(flags.user),
    ...(flags.user2 !== undefined && { user2: splitUser(flags.user2) }),
    ...(flags.otherUser !== undefined && { otherUser: splitUser(flags.otherUser) }),
    names: new Map([...(flags.customer ?? []), ...(flags.customers ?? [])]),
    owner: flags.owner,
    // The sample members belong to the sample owner's account.
    members: flags.member ?? (flags.owner === owner ? members : [flags.owner]),
    ...(flags.mock && { mock: true }),
  };
}

function readBaselineOption(command: Command, file: string | undefined): Baseline | undefined {
  try {
    return file === undefined ? undefined : readBaselineFile(file);
  } catch (error) {
    return command.error(`error: the baseline ${error instanceof Error ? error.message : error}`);
  }
}

const HELP = `
The run begins with one request to each operation, and ends if that fails. It never
sends faster than --rate. After a 429 or 503 it sends nothing for the time in Retry-After.

On GitHub Actions, failures become annotations, and a summary of the job is written.

Exit codes: 0 the implementation conforms, besides known failures. 1 it does not: a failure
was found, even if the run was ended early. 2 the run could not be started or completed,
and no failure was found but missing responses (not running, wrong credentials,
invalid arguments, nothing to check for a rule of --only).
`;

/** @throws RangeError when the file cannot be read, or is no baseline */
function readBaselineFile(path: string): Baseline {
  const text = readTextFile(path);
  try {
    return readBaseline(text);
  } catch (error) {
    throw new RangeError(`${path} is invalid: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** The second of two options that name the same client. */
function findSameClient({ user, user2, otherUser }: Flags): string | undefined {
  const idOf = (given: string | undefined) => given && splitUser(given).clientId;
  if (user2 && idOf(user2) === idOf(user)) return '--user2';
  if (otherUser && [idOf(user), idOf(user2)].includes(idOf(otherUser))) return '--other-user';
  return undefined;
}
