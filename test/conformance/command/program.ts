// The conformance command: announces the run, sends the requests, reports, and returns the exit code.
import { randomUUID } from 'node:crypto';
import { appendFile, writeFile } from 'node:fs/promises';
import { CommanderError } from 'commander';
import type { Contract } from '../../../openapi/model/contract.ts';
import type { Case, Subject } from '../cases/case.ts';
import { type ApiVersion, selectVersions } from '../options/api-versions.ts';
import type { Report } from '../report.ts';
import { createReport } from '../reports/create-report.ts';
import { withoutCommands, writeAnnotations, writeStepSummary } from '../reports/github.ts';
import { writeHtml } from '../reports/html.ts';
import { writeJUnit } from '../reports/junit.ts';
import type { Output } from '../reports/output.ts';
import { createProgress } from '../reports/progress.ts';
import { writeText } from '../reports/text.ts';
import { createRunSuite, type Result, runAgainst } from '../run/run.ts';
import type { Suite } from '../run/suite.ts';
import { EXIT } from './exit.ts';
import { readSettings, type Settings, type Tested } from './settings.ts';

/** The variables that GitHub Actions sets. */
export interface Environment {
  /** The value `true` on a runner. */
  GITHUB_ACTIONS?: string | undefined;
  /** The path of the file that a step appends its summary to. */
  GITHUB_STEP_SUMMARY?: string | undefined;
}

/** `argv` holds the arguments after the program name. Resolves with the exit code. */
export async function run(
  tested: Tested,
  argv: readonly string[],
  output: Output,
  environment: Environment = {},
): Promise<number> {
  try {
    const settings = readSettings(tested, argv, output);
    const versions = select(() => selectVersions(tested.contract, tested.older, settings.apiVersion));
    const codes: number[] = [];
    for (const version of versions)
      codes.push(await execute(version.contract, settingsFor(version, settings, versions.length), output, environment));
    const failed = codes.filter((code) => code !== EXIT.conforms);
    return failed.includes(EXIT.doesNotConform) ? EXIT.doesNotConform : (failed[0] ?? EXIT.conforms);
  } catch (error) {
    if (error instanceof SelectionError) {
      output.stderr.write(`error: ${error.message}\n`);
      return EXIT.incomplete;
    }
    // Commander has already written its message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.conforms : EXIT.incomplete;
    throw error;
  }
}

/** Thrown when an argument names something that does not exist. */
class SelectionError extends Error {}

/** Runs only the selection, so that no other RangeError is mistaken for a wrong argument. */
function select<T>(choose: () => T): T {
  try {
    return choose();
  } catch (error) {
    throw error instanceof RangeError ? new SelectionError(error.message, { cause: error }) : error;
  }
}

/** The files of one of several versions: `report.2024-07-30.xml`. */
function settingsFor({ name }: ApiVersion, settings: Settings, count: number): Settings {
  if (name === undefined) return settings;
  const nameFile = (path: string | undefined) =>
    path === undefined || count === 1 ? path : path.replace(/(\.\w+)?$/, `.${name}$1`);
  return {
    ...settings,
    subject: { ...settings.subject, apiVersion: name },
    html: nameFile(settings.html),
    junit: nameFile(settings.junit),
  };
}

async function execute(
  contract: Contract,
  settings: Settings,
  output: Output,
  environment: Environment,
): Promise<number> {
  const { subject } = settings;
  const suite = select(() => createRunSuite(contract, settings));
  output.stderr.write(announce(contract, settings, suite.cases));
  for (const { operationId, reason } of suite.underivable)
    output.stderr.write(`Not tested ${operationId}: ${reason}\n`);
  const result = await runWithProgress(contract, settings, suite, output);
  const createFinalReport = () => createReport({ contract, settings, result, suite });
  // The files are written before the report appears.
  const writeError = await writeFiles(settings, createFinalReport(), result);
  result.abortReason ??= writeError;
  const report = createFinalReport();
  if (settings.json) output.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else if (report.cases > 0) {
    const text = writeText(contract, subject, report, result, output.stdout);
    output.stdout.write(environment.GITHUB_ACTIONS === 'true' ? withoutCommands(text, randomUUID()) : text);
  }
  if (report.abortReason !== undefined)
    output.stderr.write(`${report.cases > 0 ? 'Run aborted' : 'Run not started'}: ${report.abortReason}\n`);
  await reportToGitHub(report, output, environment);
  if (report.conforms === null || (report.conforms && suite.underivable.length > 0)) return EXIT.incomplete;
  return report.conforms ? EXIT.conforms : EXIT.doesNotConform;
}

/** Writes annotations to stderr, which GitHub reads too, because the result on stdout may be JSON. */
async function reportToGitHub(
  report: Report,
  { stderr }: Output,
  { GITHUB_ACTIONS, GITHUB_STEP_SUMMARY = '' }: Environment,
): Promise<void> {
  if (GITHUB_ACTIONS === 'true') stderr.write(writeAnnotations(report));
  if (GITHUB_STEP_SUMMARY === '') return;
  const error = await attempt(GITHUB_STEP_SUMMARY, () => appendFile(GITHUB_STEP_SUMMARY, writeStepSummary(report)));
  if (error !== undefined) stderr.write(`${error}\n`);
}

function announce(contract: Contract, { subject, rate, seed }: Settings, cases: readonly Case[]): string {
  const before = cases.reduce((sum, each) => sum + (each.before ?? []).length, 0);
  const creating = cases.filter(({ expected }) => expected.kind === 'accepted').length;
  const total = cases.length + before;
  const combinations = cases.filter(({ rule }) => rule === 'combination').length;
  const derived = cases.length - combinations;
  const leastSeconds = Math.ceil(total / rate);
  return `Conformance to "${contract.info.title}", version ${subject.apiVersion ?? contract.info.version}
Target     ${subject.url}, as client ${subject.clientId}
Sends      ${total} requests: ${derived} derived cases, ${combinations} random combinations (--seed ${seed}),
           ${before} setup requests; at most ${rate} per second, so for at least ${leastSeconds} s
Creates    ${describeCreated(creating, subject)}

`;
}

/** Only runs of a contract with customers create organizations. */
function describeCreated(count: number, { owner, members }: Subject): string {
  if (owner === '') return `what up to ${count} accepted requests create or change`;
  return `about ${count} organizations, owned by ${owner}, with members from ${members.join(', ')}`;
}

async function runWithProgress(contract: Contract, settings: Settings, suite: Suite, output: Output): Promise<Result> {
  // Checks files before the run, so that an unwritable file does not waste it.
  for (const path of [settings.html, settings.junit]) {
    const abortReason = path === undefined ? undefined : await attempt(path, () => writeFile(path, ''));
    if (abortReason !== undefined) return { outcomes: [], seconds: 0, abortReason };
  }
  const progress = createProgress(output.stderr, suite.cases.length);
  try {
    return await runAgainst(contract, settings, suite, progress);
  } finally {
    progress.stop();
  }
}

/** Resolves with the first error message, or with undefined when each file was written. */
async function writeFiles({ html, junit }: Settings, report: Report, result: Result): Promise<string | undefined> {
  const files: [path: string | undefined, write: () => string][] = [
    [html, () => writeHtml(report)],
    [junit, () => writeJUnit(report, result)],
  ];
  const errors = files.map(([path, write]) =>
    path === undefined ? undefined : attempt(path, () => writeFile(path, write())),
  );
  return (await Promise.all(errors)).find((error) => error !== undefined);
}

async function attempt(path: string, write: () => Promise<void>): Promise<string | undefined> {
  try {
    await write();
    return undefined;
  } catch (error) {
    return `Cannot write ${path}: ${error instanceof Error ? error.message : String(error)}.`;
  }
}
