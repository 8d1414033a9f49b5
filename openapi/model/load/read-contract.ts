// Reads the contract while it is being edited: its bundled text, or every problem with its line and column.
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { bundle, type Config, createConfig, getLineColLocation, lint } from '@redocly/openapi-core';
import { parse, stringify } from 'yaml';
import type { Contract } from '../contract.ts';
import { ContractError } from '../contract-error.ts';
import { explainProblem, toOneLine } from '../source/explain-problem.ts';
import { SourceFiles } from '../source/source-files.ts';
import { subsetPlugin } from '../subset/subset-rule.ts';

/** The rules that any use of the contract depends on. `npm run lint` has many more. */
const RULES = {
  struct: 'error',
  'no-unresolved-refs': 'error',
  // Features that openapi/README.md does not list as supported.
  'subset/supported': 'error',
} as const;

/** The rules that a comparison depends on: every reference leads to a schema, and every schema has one dialect. */
const RULES_OF_COMPARISON = { 'no-unresolved-refs': 'error', 'subset/dialect': 'error' } as const;

type Problem = Awaited<ReturnType<typeof lint>>[number];

let config: Promise<Config> | undefined;
let configOfComparison: Promise<Config> | undefined;

/**
 * The contract as one JSON document, whatever number of files it is written in. `path` is absolute, or relative to the
 * working directory.
 *
 * @throws ContractError with one line for each problem, such as
 *   `openapi/openapi.yaml:12:5 at #/paths/~1things/get/responses/default: The response ...`
 */
export async function readContract(path: string): Promise<string> {
  await checkContract(path);
  return `${JSON.stringify(await bundleContract(path), null, 2)}\n`;
}

/** The contract as one document, unchecked. @throws ContractError when a file cannot be read */
export async function bundleContract(path: string): Promise<Contract> {
  try {
    const { bundle: document } = await bundle({ ref: path, config: await loadConfig() });
    return sortExtensionsLast(document.parsed);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ContractError(`${path}:1:1 at #/: ${explainProblem(reason)}`, { cause: error });
  }
}

/** The unchecked text of a contract: that of its only file, or bundled YAML if it has several. */
export async function readContractText(path: string): Promise<string> {
  const [text, contract] = await Promise.all([readFile(path, 'utf8'), bundleContract(path)]);
  return isDeepStrictEqual(parse(text), contract) ? text : stringify(contract);
}

/** @throws ContractError as `readContract` does */
async function checkContract(path: string): Promise<void> {
  rejectProblems(await findProblems(path, await loadConfig()));
}

/**
 * Checks no more than a comparison with another contract needs: it may have what this project does not support.
 *
 * @throws ContractError as `readContract` does
 */
export async function checkComparable(path: string): Promise<void> {
  configOfComparison ??= createConfig({ plugins: [subsetPlugin], rules: RULES_OF_COMPARISON });
  rejectProblems(await findProblems(path, await configOfComparison));
}

function rejectProblems(problems: readonly string[]): void {
  if (problems.length > 0) throw new ContractError([...new Set(problems)].map(toOneLine).join('\n'));
}

async function findProblems(path: string, config: Config): Promise<string[]> {
  const files = new SourceFiles(path, config);
  await files.readAll();
  // An unreadable file is the cause of every reference that leads nowhere.
  if (files.problems.length > 0) return files.problems;
  const problems = await lint({ ref: path, config, externalRefResolver: files }).catch((error: unknown) => error);
  // The rules of the subset rely on a valid structure.
  if (!Array.isArray(problems))
    return [`${path}:1:1 at #/: ${explainProblem(`The document cannot be read: ${problems}`)}`];
  return leaveOutRepeated(problems).map((problem) => describe(files, problem));
}

/** Reads the sources again, because bundling changes them. This happens only when there are problems to report. */
export async function openSources(path: string): Promise<SourceFiles> {
  return new SourceFiles(path, await loadConfig());
}

/** A message of the subset says more than that the specification does not allow something. */
function leaveOutRepeated(problems: Problem[]): Problem[] {
  const placeOf = ({ location: [first] }: Problem) => `${first?.source.absoluteRef} ${first?.pointer}`;
  const isOurs = ({ ruleId }: Problem) => ruleId.startsWith('subset/');
  const places = new Set(problems.filter(isOurs).map(placeOf));
  return problems.filter((problem) => isOurs(problem) || !places.has(placeOf(problem)));
}

function loadConfig(): Promise<Config> {
  // Runs in this process, because a command of Redocly takes a second to start.
  config ??= createConfig({ plugins: [subsetPlugin], rules: RULES });
  return config;
}

function describe(files: SourceFiles, { location: [first], message, suggest, ruleId }: Problem): string {
  const text = ruleId.startsWith('subset/') ? message : explainProblem(message, suggest);
  if (!first) return `${files.nameOf(files.root)}:1:1 at #/: ${text}`;
  const { line, col } = getLineColLocation(first).start;
  return `${files.nameOf(first.source.absoluteRef)}:${line}:${col} at ${first.pointer ?? '#/'}: ${text}`;
}

/** Bundles as `redocly bundle` does, so that both write the same file. */
function sortExtensionsLast(contract: Contract): Contract {
  const isExtension = ([name]: [string, unknown]) => Number(name.startsWith('x-'));
  // The fields are the same, in another order.
  return Object.fromEntries(Object.entries(contract).sort((a, b) => isExtension(a) - isExtension(b))) as Contract & {};
}
