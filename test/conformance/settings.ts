// The command line of the conformance command: its arguments, checked, and what is wrong with them in one sentence.
import type { Writable } from 'node:stream';
import { Command, InvalidArgumentError, Option } from 'commander';
import { basePathOf, type Contract } from '../../openapi/model/contract.ts';
import type { Subject } from './case.ts';
import { USER_VARIABLE } from './curl.ts';
import { createPlans, tryRead } from './request-builder.ts';
import { CUSTOMER, createReader, type Located, type Reader } from './schema.ts';

export interface Settings {
  subject: Subject;
  seed: number;
  /** Random combinations besides the derived cases. */
  requests: number;
  /** Requests a second. */
  rate: number;
  /** For one whole answer. */
  timeoutMs: number;
  junit: string | undefined;
  json: boolean;
}

interface Flags {
  user: string;
  owner: string;
  member?: string[];
  seed: number;
  requests: number;
  rate: number;
  timeout: number;
  junit?: string;
  json?: boolean;
  mock?: boolean;
}

/** Exit codes: as in the help. */
export const EXIT = { conforms: 0, differs: 1, notRun: 2 } as const;

/** Where a run writes: the result to the first, what accompanies it to the second. */
export interface Output {
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
}

/** Reads the arguments. On wrong ones, or `--help`, it writes what there is to say and throws a `CommanderError`. */
export function readSettings(contract: Contract, argv: readonly string[], { stdout, stderr }: Output): Settings {
  const [owner = '', ...members] = sampleCustomers(contract);
  const command = new Command('customer-organizations-conformance')
    .description(
      'Sends requests derived from the contract to an implementation and judges every answer. It creates organizations.',
    )
    .argument('<url>', `base URL of the implementation; without a path, ${basePathOf(contract)} is added`)
    .addOption(
      new Option('--user <id:secret>', 'client ID and secret')
        .env(USER_VARIABLE)
        .default('key:secret')
        .argParser(parseUser),
    )
    .option('--owner <uuid>', 'a customer that exists and may own an organization', parseUuid, owner)
    .option(
      '--member <uuid>',
      `a customer that exists and may be a member; repeatable (default: ${members.join(' and ')})`,
      collectUuids,
    )
    .addOption(
      new Option('--seed <n>', 'of the random combinations: the same seed sends the same ones')
        .default(Math.floor(Math.random() * 2 ** 31), 'a random one, which is told')
        .argParser(parseCount(0, 2 ** 31)),
    )
    .option('--requests <n>', 'random combinations, besides the derived requests', parseCount(0, 1_000_000), 300)
    .option('--rate <n>', 'requests a second; a 429 is waited for as long as it says', parseCount(1, 100_000), 20)
    .option('--timeout <s>', 'seconds for one whole answer', parseCount(1, 3600), 30)
    .option('--mock', 'it is a mock: it lets anybody in, knows no customers and stores nothing')
    .option('--junit <file>', 'also write the result as JUnit XML')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', HELP)
    .showHelpAfterError('(--help lists what there is)')
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .exitOverride();
  command.parse(argv, { from: 'user' });
  const flags = command.opts<Flags>();
  const { seed, requests, rate, timeout, junit, json = false, mock = false } = flags;
  const colon = flags.user.indexOf(':');
  const [given = ''] = command.args;
  const fault = explainUrl(given);
  if (fault !== undefined) command.error(`error: ${fault}`);
  const subject: Subject = {
    url: toBaseUrl(contract, given),
    clientId: flags.user.slice(0, colon),
    secret: flags.user.slice(colon + 1),
    owner: flags.owner,
    // Whoever names an owner of their own has no sample customers.
    members: flags.member ?? (flags.owner === owner ? members : [flags.owner]),
    ...(mock && { mock }),
  };

  return { subject, seed, requests, rate, timeoutMs: timeout * 1000, junit, json };
}

const HELP = `
It asks for one organization first, and ends if that shows that the rest would be
of no use. It never sends faster than --rate, and when it is answered 429 it sends
nothing at all for as long as Retry-After says.

Exit codes: 0 it conforms, 1 it does not, 2 the run was not possible, or not to its
end (no answer, bad credentials, wrong use).
`;

/** What is wrong with the URL; undefined if nothing is. */
function explainUrl(given: string): string | undefined {
  if (!/^https?:/i.test(given) || !URL.canParse(given))
    return `${JSON.stringify(given)} is no http or https URL, such as http://localhost:3000/api`;
  const { username, search, hash } = new URL(given);
  if (username !== '') return `give the credentials with --user or in ${USER_VARIABLE}, not in the URL`;
  if (search + hash !== '') return `${JSON.stringify(given)} is no base URL: it ends with ${search + hash}`;
  return undefined;
}

function toBaseUrl(contract: Contract, given: string): string {
  const { origin, pathname } = new URL(given);
  return origin + (pathname === '/' ? basePathOf(contract) : pathname.replace(/\/$/, ''));
}

function parseUser(text: string): string {
  if (!text.includes(':')) throw new InvalidArgumentError('It has to be the client ID, a colon and the secret.');
  return text;
}

function parseUuid(text: string): string {
  if (!/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text))
    throw new InvalidArgumentError('It has to be a UUID.');
  return text.toLowerCase();
}

function collectUuids(text: string, before: string[] = []): string[] {
  return [...before, parseUuid(text)];
}

function parseCount(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < least || number > most)
      throw new InvalidArgumentError(`It has to be a whole number from ${least} to ${most}.`);
    return number;
  };
}

/** The customers that the request examples name, in their order. */
function sampleCustomers(contract: Contract): string[] {
  const nobody = '00000000-0000-4000-8000-000000000000';
  const reader = createReader(contract, { owner: nobody, members: [nobody] });
  const plans = createPlans(contract, { url: '', clientId: '', secret: '', owner: nobody, members: [nobody] });
  const found = plans.flatMap(({ body }) => {
    if (!body) return [];
    const examples = tryRead(contract, `${body.content}/examples`) ?? {};
    return Object.values(examples).flatMap(({ value }: { value: unknown }) => customersIn(reader, body.schema, value));
  });
  return [...new Set(found)];
}

function customersIn(reader: Reader, node: Located, value: unknown): string[] {
  if (node.references.includes(CUSTOMER)) return [String(value)];
  if (Array.isArray(value)) return value.flatMap((each) => customersIn(reader, reader.child(node, 'items'), each));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    customersIn(reader, reader.child(node, 'properties', name), each),
  );
}
