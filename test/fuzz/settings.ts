// The command line of the fuzzer: its arguments, checked.
import type { Writable } from 'node:stream';
import { Command, InvalidArgumentError, Option } from 'commander';
import { explainUsage } from '../../openapi/command/usage-errors.ts';
import { version } from '../../openapi/version.ts';

/** The targets and the limits of a run. */
export interface Settings {
  targets: readonly ('server' | 'mock')[];
  /** The URL that is fuzzed instead of the targets, if given. */
  url: URL | undefined;
  user: { clientId: string; secret: string };
  seed: number;
  /** fast-check's path to one script of the seed. */
  path: string | undefined;
  seconds: number;
  /** The number of requests after which the run ends; undefined if it ends after its time. */
  requests: number | undefined;
}

/** Exit codes, as documented in the help. */
export const EXIT = { passed: 0, found: 1, notRun: 2 } as const;

/** The output streams of a run: findings go to the first, progress to the second. */
export interface Output {
  stdout: Writable;
  stderr: Writable;
}

interface Flags {
  target: 'server' | 'mock' | 'both';
  url?: URL;
  user: Settings['user'];
  seed: number;
  path?: string;
  seconds?: number;
  requests?: number;
}

const DEFAULT_SECONDS = 60;
const DAY_SECONDS = 86_400;

/** Parses the arguments. For invalid arguments and `--help`, writes a message and throws a `CommanderError`. */
export function readSettings(argv: readonly string[], { stdout, stderr }: Output): Settings {
  const command = new Command('npm run fuzz --')
    .description('Sends random bytes, from valid requests to malformed ones, and holds every response to a model.')
    .option(
      '--seconds <n>',
      `how long; default: ${DEFAULT_SECONDS}, or no limit with --requests`,
      parseCount(1, DAY_SECONDS),
    )
    .option('--requests <n>', 'end with the script that reaches this number of requests', parseCount(1, 1e9))
    .addOption(
      new Option('--seed <n>', 'the same seed sends the same scripts')
        .default(Math.floor(Math.random() * 2 ** 31), 'a random one, which is printed')
        .argParser(parseCount(0, 2 ** 31)),
    )
    .option('--path <path>', 'with the seed of a finding: its script alone, such as 17:0:3', parsePath)
    .addOption(
      new Option('--target <name>', 'which program to start and fuzz')
        .choices(['server', 'mock', 'both'])
        .default('both'),
    )
    .option('--url <url>', 'instead: what listens there, such as a proxy; creates organizations', parseUrl)
    .option('--user <id:secret>', 'client ID and secret for --url', parseUser, { clientId: 'key', secret: 'secret' })
    .addHelpText('after', HELP)
    .helpOption('-h, --help', 'print this help')
    .version(version, '-V, --version', 'print the version of this package')
    .showHelpAfterError('(--help lists what there is)')
    .allowExcessArguments(false)
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(explainUsage(text, undefined, command.options)),
    })
    .exitOverride();
  command.parse(argv, { from: 'user' });
  const { target, url, user, seed, path, requests, seconds } = command.opts<Flags>();
  const isGiven = (option: string) => command.getOptionValueSource(option) === 'cli';
  if (path !== undefined && !isGiven('seed')) command.error('error: --path needs the --seed of the finding');
  if (url && isGiven('target')) command.error('error: --target starts a program, so it cannot be used with --url');
  if (!url && isGiven('user'))
    command.error('error: --user is for --url: the programs that are started know key:secret');
  return {
    targets: target === 'both' ? ['server', 'mock'] : [target],
    url,
    user,
    seed,
    path,
    requests,
    seconds: seconds ?? (requests === undefined ? DEFAULT_SECONDS : DAY_SECONDS),
  };
}

const HELP = `
A script is one connection: requests, how their bytes are cut into pieces, and how
the connection ends. What is wrong with a response is shrunk to a small script.

With --url less is asked. A response without X-Request-Id came from a proxy, which may
reject a request with 400, 403, 404, 405, 408, 411, 413, 414, 415, 417, 421, 426, 431,
494, 501 or 505. With that header and a close, it may be 400 InvalidRequest or 413
PayloadTooLarge. A proxy may add headers, close the connection behind any response, and
say nothing to a half-closed client, or to one that sends more behind "Connection:
close". It may repair what is not valid HTTP, so from there on only 500, 502, 503 and
504 are findings. Everything else is held to the contract. 429 is allowed, and 409 for a
key that an earlier run may have used. Log, store, memory and CPU are not looked at.

Exit codes: 0 nothing was found, 1 something was, 2 the run was not possible or was
stopped before its end, or a target got no request before the limit. A run that is
stopped, as by Ctrl-C, reports what it sent and found until then.
`;

function parseCount(least: number, most: number): (text: string) => number {
  return (text) => {
    if (!/^\d+$/.test(text) || Number(text) < least || Number(text) > most)
      throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
    return Number(text);
  };
}

function parsePath(text: string): string {
  if (!/^\d+(:\d+)*$/.test(text))
    throw new InvalidArgumentError('Expected numbers separated by colons, such as 4:0:2, as printed with a finding.');
  return text;
}

/** The scripts have request targets of their own, so only the origin of the URL would be used. */
function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:') throw new InvalidArgumentError('Expected an http URL, such as http://localhost:3000.');
  if (url.username !== '' || url.password !== '')
    throw new InvalidArgumentError('A URL with credentials is not supported; give them with --user.');
  if (url.href !== `${url.origin}/`)
    throw new InvalidArgumentError(`A URL with a path, query or fragment is not supported; give ${url.origin}.`);
  return url;
}

function parseUser(text: string): Settings['user'] {
  const [, clientId, secret] = /^([^:]*):(.*)$/.exec(text) ?? [];
  if (clientId === undefined || secret === undefined)
    throw new InvalidArgumentError('Expected the client ID, a colon and the secret.');
  return { clientId, secret };
}
