// The conformance command: announces the run, sends the requests, reports, and returns the exit code.
import { writeFile } from 'node:fs/promises';
import { CommanderError } from 'commander';
import type { Contract } from '../../openapi/model/contract.ts';
import type { Case, HttpRequest } from './case.ts';
import { EXIT } from './exit.ts';
import { findPreflightError } from './preflight.ts';
import { createProgress } from './progress.ts';
import { conforms, type Result, writeJson, writeReport } from './report.ts';
import { contractPath } from './request-builder.ts';
import { createSender } from './sender.ts';
import { type Output, readSettings, type Settings } from './settings.ts';
import { createSuite, runSuite, type Suite } from './suite.ts';
import { createTransport } from './transport.ts';
import type { HttpResponse } from './validate-response.ts';
import { watchAvailability } from './watch-availability.ts';
import { writeJUnit } from './write-junit.ts';

/** `argv` holds the arguments after the program name. Resolves with the exit code. */
export async function run(contract: Contract, argv: readonly string[], output: Output): Promise<number> {
  try {
    return await execute(contract, readSettings(contract, argv, output), output);
  } catch (error) {
    // Commander has already written its message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.conforms : EXIT.incomplete;
    throw error;
  }
}

async function execute(contract: Contract, settings: Settings, output: Output): Promise<number> {
  const { subject, seed, requests, junit, json } = settings;
  const suite = createSuite({ contract, subject, seed, combinations: requests });
  output.stderr.write(announce(contract, settings, suite.cases));
  for (const { operationId, reason } of suite.underivable)
    output.stderr.write(`Not tested ${operationId}: ${reason}\n`);
  const result = await runAgainst(contract, settings, suite, output);
  // Written before the report, so that the file exists when the report appears.
  const writeError =
    junit === undefined ? undefined : await writeReportFile(junit, writeJUnit(contract, subject, result));
  result.abortReason ??= writeError;
  if (json) output.stdout.write(writeJson(contract, settings, result));
  else if (result.outcomes.length > 0) output.stdout.write(writeReport(contract, settings, result, output.stdout));
  if (result.abortReason !== undefined)
    output.stderr.write(`${result.outcomes.length > 0 ? 'Run aborted' : 'Run not started'}: ${result.abortReason}\n`);
  const verdict = conforms(result);
  if (verdict === null || (verdict && suite.underivable.length > 0)) return EXIT.incomplete;
  return verdict ? EXIT.conforms : EXIT.doesNotConform;
}

function announce(contract: Contract, { subject, rate, seed, requests }: Settings, cases: readonly Case[]): string {
  const before = cases.reduce((sum, each) => sum + (each.before ?? []).length, 0);
  const creating = cases.filter(({ expected }) => expected.kind === 'accepted').length;
  const total = cases.length + before;
  const derived = cases.length - requests;
  const leastSeconds = Math.ceil(total / rate);
  return `Conformance to "${contract.info.title}", version ${contract.info.version}
Target     ${subject.url}, as client ${subject.clientId}
Sends      ${total} requests: ${derived} derived cases, ${requests} random combinations (--seed ${seed}),
           ${before} setup requests; at most ${rate} per second, so for at least ${leastSeconds} s
Creates    about ${creating} organizations, owned by ${subject.owner}, with members from ${subject.members.join(', ')}

`;
}

async function runAgainst(contract: Contract, settings: Settings, suite: Suite, output: Output): Promise<Result> {
  const { subject, junit, rate, timeoutMs, seed, requests, strictHeaders, allowedHeaders } = settings;
  // Checked first: an unwritable file must not cost a whole run.
  const writeError = junit === undefined ? undefined : await writeReportFile(junit, '');
  if (writeError !== undefined) return { outcomes: [], seconds: 0, abortReason: writeError };

  const progress = createProgress(output.stderr, suite.cases.length);
  const rateOptions = { rate, onWait: progress.wait };
  const transport = createTransport(subject.url, 1, timeoutMs);
  const isValid = ({ method, ...request }: HttpRequest, response: HttpResponse) =>
    suite.validateResponse({ method, path: contractPath(contract, { method, ...request }) }, response).length === 0;
  const probe = () =>
    findPreflightError(subject, suite.builders.values(), createSender(transport, rateOptions), isValid);
  try {
    const abortReason = await probe();
    if (abortReason !== undefined) return { outcomes: [], seconds: 0, abortReason };
    const watch = watchAvailability(probe);
    const startedMs = performance.now();
    const outcomes = await runSuite(
      {
        ...{ contract, subject, seed, combinations: requests, timeoutMs, connections: 4, ...rateOptions },
        ...{ strictHeaders, allowedHeaders },
        onOutcome: ({ violations }) => progress.add(violations.length > 0),
        stopWhen: watch.stopWhen,
      },
      suite,
    );
    return { outcomes, seconds: (performance.now() - startedMs) / 1000, abortReason: watch.reason() };
  } finally {
    progress.stop();
    transport.close();
  }
}

/** Resolves with an error message, or with undefined when the file was written. */
async function writeReportFile(path: string, text: string): Promise<string | undefined> {
  try {
    await writeFile(path, text);
    return undefined;
  } catch (error) {
    return `Cannot write ${path}: ${error instanceof Error ? error.message : String(error)}.`;
  }
}
