// `npm run release -- --write` records the contract in openapi/versions/, and its changes in CHANGELOG.md. With a
// version it also gives that version to all packages. Without --write it only prints what it would do.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { InvalidArgumentError, Option } from 'commander';
import { parse } from 'yaml';
import { writeChanges } from '../breaking-changes/changelog.ts';
import { checkVersions } from '../breaking-changes/check-versions.ts';
import { findChanges, type LocatedChange } from '../breaking-changes/find-changes.ts';
import { findBasesIfAny, readVersionStates } from '../breaking-changes/read-versions.ts';
import { createCommand } from '../command/command.ts';
import { replaceFile } from '../command/replace-file.ts';
import { ROOT } from '../contract-paths.ts';
import type { Contract } from '../model/contract.ts';
import { ContractError } from '../model/contract-error.ts';
import { readContractText } from '../model/load/read-contract.ts';
import { checkReleased, findLastRelease, findReleased } from '../model/versions/released-versions.ts';
import { setVersion } from './set-version.ts';

const CURRENT = join(ROOT, 'openapi/openapi.yaml');
const CHANGELOG = join(ROOT, 'CHANGELOG.md');

/** The section of the changelog for the next version of the packages. */
const UNRELEASED = /^## Unreleased$/m;

/** Why nothing can be released. */
class ReleaseError extends Error {}

/** Files that a release writes, in this order, and what it does. */
interface Plan {
  writes: { path: string; text: string }[];
  steps: string[];
}

const command = createCommand('release', 'Record openapi.yaml as released, and give all packages a new version.', {
  '--write': 'y yes f force confirm publish go',
  '--dry-run': 'dry n check',
})
  .argument('[version]', 'the new version of all packages; without it only the contract is recorded', parseVersion)
  .option('--write', 'write it; without this option, it is only printed', false)
  .addOption(new Option('--dry-run', 'only print what would be written, as without --write').conflicts('write'))
  .parse();

try {
  const version: string | undefined = command.processedArgs[0];
  const { writes, steps } = await planRelease(version);
  const { write } = command.opts<{ write: boolean }>();
  const again = ['npm run release --', version, '--write'].filter((each) => each !== undefined).join(' ');
  // An interrupted run can be repeated: it finds what it has written.
  if (write) for (const { path, text } of writes) await replaceFile(path, text);
  else if (writes.length > 0) console.log(`Nothing is written. With \`${again}\`:\n`);
  console.log(steps.join('\n'));
} catch (error) {
  if (!(error instanceof ReleaseError || error instanceof ContractError)) throw error;
  console.error(`${error.message}\nNothing was released.`);
  process.exitCode = 1;
}

function parseVersion(text: string): string {
  if (/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(text)) return text;
  throw new InvalidArgumentError('Use a version such as 1.2.0.');
}

async function planRelease(version: string | undefined): Promise<Plan> {
  const changelog = await readFile(CHANGELOG, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '# Changelog\n';
  });
  const now = new Date();
  const contract = await planContract(now);
  const withEntry =
    contract && !changelog.includes(contract.entry) ? insertEntry(changelog, contract.entry) : changelog;
  const packages = version === undefined ? undefined : await planPackages(version, withEntry, now);
  const written = packages?.changelog ?? withEntry;
  return {
    writes: [
      // Written before the files that mark the release as complete.
      ...(written === changelog ? [] : [{ path: CHANGELOG, text: written }]),
      ...(packages?.writes ?? []),
      ...(contract ? [{ path: join(ROOT, contract.file), text: contract.text }] : []),
    ],
    steps: [
      contract
        ? `The contract is recorded in ${contract.file}, and in CHANGELOG.md:\n\n${contract.entry}`
        : 'The contract has not changed since the last release.',
      ...(packages ? [packages.step] : []),
    ],
  };
}

/** The version to record; undefined when the contract has not changed. */
async function planContract(now: Date): Promise<{ file: string; text: string; entry: string } | undefined> {
  const text = await readContractText(CURRENT);
  const last = await findLastRelease(CURRENT);
  if (!last) throw new ReleaseError('openapi/versions/ has no version to compare with.');
  await checkReleased(await findReleased(CURRENT));
  // Packages contain older versions and generated files, even if the newest contract has not changed.
  const stale = await findStale();
  if (stale !== undefined) throw new ReleaseError(stale);
  const problems = await findProblems();
  if (problems.length > 0) throw new ReleaseError(`The contract breaks clients:\n${problems.join('\n')}`);
  // The bundled text of a contract depends on how the contract is split into files.
  if (isDeepStrictEqual(parse(text), parse(await readFile(last.path, 'utf8')))) return undefined;
  const changes = await findChanges(last.path, CURRENT);
  const contract: Contract = parse(text);
  const file = `openapi/versions/${contract.info.version}.yaml`;
  return { file, text, entry: writeEntry(contract, changes, now) };
}

/** Sets the version of all packages, and moves the unreleased changes of the changelog to that version. */
async function planPackages(version: string, changelog: string, now: Date) {
  const { writes, problem } = await setVersion(ROOT, version);
  if (problem !== undefined) throw new ReleaseError(problem);
  const title = `## ${version}, released on `;
  return {
    writes,
    changelog: changelog.includes(title)
      ? changelog
      : changelog.replace(UNRELEASED, `$&\n\n${title}${now.toISOString().slice(0, 10)}`),
    step: `The packages have version ${version}. Commit, and push the tag v${version}: the workflow publishes them.`,
  };
}

/** Why `npm run generate -- --check` fails; undefined when generated/ is up to date. */
async function findStale(): Promise<string | undefined> {
  try {
    await promisify(execFile)(process.execPath, [join(ROOT, 'openapi/generator/generate.ts'), '--check'], {
      cwd: ROOT,
    });
    return undefined;
  } catch (error) {
    return error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
  }
}

/** The findings of the gate, except those that a release records. */
async function findProblems(): Promise<string[]> {
  const states = await readVersionStates(ROOT, await findBasesIfAny(ROOT, console.error));
  const violations = states.flatMap(checkVersions).filter(({ rule }) => rule !== 'unrecorded-change');
  return [...new Set(violations.map(({ message, remedy, pointer }) => `  ${message} ${remedy}\n    at #${pointer}`))];
}

function writeEntry(contract: Contract, changes: readonly LocatedChange[], now: Date): string {
  const title = `## Contract ${contract.info.version}, released on ${now.toISOString().slice(0, 10)}`;
  return `${title}\n\n${writeChanges(changes)}\n`;
}

/** Adds an entry before the others, below the unreleased changes of the packages. */
function insertEntry(changelog: string, entry: string): string {
  const sections = [...changelog.matchAll(/^## .*$/gm)];
  const next = sections.find(([title]) => !UNRELEASED.test(title));
  if (!next) return `${changelog.trimEnd()}\n\n${entry}`;
  return `${changelog.slice(0, next.index)}${entry}\n${changelog.slice(next.index)}`;
}
