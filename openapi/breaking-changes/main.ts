// `npm run breaking-changes`: reports what breaks clients of released versions. Exits with 0, with 1 for breaking
// changes, and with 2 when the comparison is not possible.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { createCommand } from '../command/command.ts';
import { ROOT } from '../contract-paths.ts';
import { ContractError } from '../model/contract-error.ts';
import { bundleContract, checkComparable } from '../model/load/read-contract.ts';
import { writeChanges } from './changelog.ts';
import { checkVersions, findMisdated, type Violation } from './check-versions.ts';
import { findBreaking, findChanges } from './find-changes.ts';
import { createLocator } from './locate.ts';
import { findBases, findBasesIfAny, readVersionStates } from './read-versions.ts';
import { type Finding, toGitHub, toJson, toSarifLog, toText } from './report.ts';

interface Options {
  base?: string;
  json: boolean;
  sarif?: string;
  changelog: boolean;
  allowNoHistory: boolean;
}

const command = createCommand('breaking-changes', 'Report what breaks clients of released versions.')
  .argument('[old]', 'a contract, or the date of a live version; without it, the released versions are checked', pathOf)
  .argument('[new]', 'the contract to compare with it; default: openapi.yaml', pathOf)
  .option('--base <ref>', 'the commit that released versions are compared with; default: the last tag and main')
  .option('--allow-no-history', 'do not fail when git has no commit to compare with, as in an archive', false)
  .option('--json', 'print the findings as JSON', false)
  .option('--sarif <file>', 'also write the findings as SARIF')
  .option('--changelog', 'print all changes from the old contract to the new one in Markdown', false)
  .parse();
const { base, json, sarif, changelog, allowNoHistory } = command.opts<Options>();
const [old, revision = join(ROOT, 'openapi/openapi.yaml')]: (string | undefined)[] = command.processedArgs;

try {
  if (changelog && old === undefined) command.error('error: --changelog needs the old contract');
  if (changelog && old !== undefined) await printChangelog(old);
  else await report(old === undefined ? await checkReleases() : await compare(old));
} catch (error) {
  console.error(error instanceof ContractError || error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}

/** The path of a contract. A date such as `2024-07-30` stands for the file of that version. */
function pathOf(text: string): string {
  const path = /^\d{4}-\d\d-\d\d$/.test(text) ? join(ROOT, `openapi/versions/${text}.yaml`) : text;
  if (existsSync(path)) return path;
  throw new InvalidArgumentError('There is no such file.');
}

async function printChangelog(path: string): Promise<void> {
  await checkBoth(path);
  const [misdated] = await findMisdatedIn(path);
  if (misdated) throw new Error(`${misdated.file}:${misdated.line}: ${misdated.message} ${misdated.remedy}`);
  console.log(writeChanges(await findChanges(path, revision)));
}

async function compare(path: string): Promise<Finding[]> {
  await checkBoth(path);
  const misdated = await findMisdatedIn(path);
  if (misdated.length > 0) return misdated;
  const changes = findBreaking(await findChanges(path, revision));
  return changes.map((change) => ({ ...change, file: shorten(change.file), rule: 'breaking-change' }));
}

/** @throws ContractError for what cannot be compared */
async function checkBoth(path: string): Promise<void> {
  for (const file of [path, revision]) await checkComparable(file);
}

/** Versions of the two contracts that are no dates. */
async function findMisdatedIn(path: string): Promise<Finding[]> {
  const files = [path, revision].map(async (file) => ({ file, contract: await bundleContract(file) }));
  return locateAll(findMisdated(...(await Promise.all(files))));
}

async function checkReleases(): Promise<Finding[]> {
  const states = await readVersionStates(ROOT, base === undefined ? await findOwnBases() : [base]);
  // States share the newest contract, so the same finding may come several times.
  const byText = new Map(
    (await locateAll(states.flatMap(checkVersions))).map((finding) => [`${finding.file} ${finding.message}`, finding]),
  );
  return [...byText.values()];
}

/** Adds the lines of violations. */
async function locateAll(violations: readonly Violation[]): Promise<Finding[]> {
  const locators = new Map<string, ReturnType<typeof createLocator>>();
  const findings = violations.map(async (violation): Promise<Finding> => {
    const locate = locators.get(violation.file) ?? createLocator(violation.file);
    locators.set(violation.file, locate);
    const location = await locate(violation.path);
    return { ...violation, ...location, file: shorten(location.file) };
  });
  return Promise.all(findings);
}

function findOwnBases(): Promise<string[]> {
  return allowNoHistory ? findBasesIfAny(ROOT, console.error) : findBases(ROOT);
}

async function report(findings: Finding[]): Promise<void> {
  if (sarif !== undefined) await writeFile(sarif, toSarifLog(findings));
  if (json) console.log(toJson(findings));
  else if (findings.length === 0) console.log('No client breaks.');
  else console.log(`${toText(findings)}\n${findings.length} finding${findings.length === 1 ? '' : 's'}.`);
  if (process.env.GITHUB_ACTIONS === 'true' && findings.length > 0) console.error(toGitHub(findings));
  if (findings.length > 0) process.exitCode = 1;
}

function shorten(file: string): string {
  const path = relative(process.cwd(), file);
  return path === '' || path.startsWith('..') ? file : path;
}
