// The conformance command: announces, sends, reports, and gives the exit code.
import { writeFile } from 'node:fs/promises';
import { CommanderError } from 'commander';
import type { Contract } from '../../openapi/model/contract.ts';
import type { Case } from './case.ts';
import { findHindrance } from './preflight.ts';
import { createProgress } from './progress.ts';
import { type Result, writeJson, writeReport } from './report.ts';
import { createSender } from './sender.ts';
import { EXIT, type Output, readSettings, type Settings } from './settings.ts';
import { planSuite, runSuite, type SuitePlan } from './suite.ts';
import { createTransport } from './transport.ts';
import { watchForSilence } from './watch-availability.ts';
import { writeJUnit } from './write-junit.ts';

/** `argv` is what follows the name of the program. Resolves with the exit code. */
export async function run(contract: Contract, argv: readonly string[], output: Output): Promise<number> {
  try {
    return await carryOut(contract, readSettings(contract, argv, output), output);
  } catch (error) {
    // It has written what it has to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.conforms : EXIT.notRun;
    throw error;
  }
}

async function carryOut(contract: Contract, settings: Settings, output: Output): Promise<number> {
  const { subject, seed, requests, junit, json } = settings;
  const suite = planSuite({ contract, subject, seed, combinations: requests });
  output.stderr.write(announce(contract, settings, suite.cases));
  const result = await examine(contract, settings, suite, output);
  // Before the report, so that whoever reads that has the file already.
  const unwritten = junit === undefined ? undefined : await write(junit, writeJUnit(contract, subject, result));
  result.hindrance ??= unwritten;
  if (json) output.stdout.write(writeJson(contract, settings, result));
  else if (result.outcomes.length > 0) output.stdout.write(writeReport(contract, settings, result, output.stdout));
  if (result.hindrance !== undefined) {
    output.stderr.write(`Not run${result.outcomes.length > 0 ? ' to the end' : ''}: ${result.hindrance}\n`);
    return EXIT.notRun;
  }
  return result.outcomes.every(({ findings }) => findings.length === 0) ? EXIT.conforms : EXIT.differs;
}

function announce(contract: Contract, { subject, rate, seed, requests }: Settings, cases: readonly Case[]): string {
  const before = cases.reduce((sum, each) => sum + (each.before ?? []).length, 0);
  const creating = cases.filter(({ expected }) => expected.kind === 'accepted').length;
  const all = cases.length + before;
  return `Conformance to "${contract.info.title}", version ${contract.info.version}
Target     ${subject.url}, as client ${subject.clientId}
Sends      ${all} requests: ${cases.length - requests} cases derived from the contract, ${requests} random combinations (--seed ${seed}),
           and ${before} that lead up to a case; at most ${rate} a second, so this takes at least ${Math.ceil(all / rate)} s
Creates    about ${creating} organizations, owned by ${subject.owner}, with members out of ${subject.members.join(', ')}

`;
}

async function examine(contract: Contract, settings: Settings, suite: SuitePlan, output: Output): Promise<Result> {
  const { subject, junit, rate, timeoutMs, seed, requests } = settings;
  // Better now than after a run of a minute.
  const unwritable = junit === undefined ? undefined : await write(junit, '');
  if (unwritable !== undefined) return { outcomes: [], seconds: 0, hindrance: unwritable };

  const progress = createProgress(output.stderr, suite.cases.length);
  const pace = { rate, onWait: progress.wait };
  const transport = createTransport(subject.url, 1, timeoutMs);
  const ask = () => findHindrance(subject, suite.plans.values(), createSender(transport, pace));
  try {
    const hindrance = await ask();
    if (hindrance !== undefined) return { outcomes: [], seconds: 0, hindrance };
    const watch = watchForSilence(ask);
    const startedMs = performance.now();
    const outcomes = await runSuite(
      {
        ...{ contract, subject, seed, combinations: requests, timeoutMs, connections: 4, ...pace },
        onOutcome: ({ findings }) => progress.add(findings.length > 0),
        stopWhen: watch.stopWhen,
      },
      suite,
    );
    return { outcomes, seconds: (performance.now() - startedMs) / 1000, hindrance: watch.reason() };
  } finally {
    progress.stop();
    transport.close();
  }
}

/** Gives the reason if that is not possible. */
async function write(path: string, text: string): Promise<string | undefined> {
  try {
    await writeFile(path, text);
    return undefined;
  } catch (error) {
    return `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`;
  }
}
