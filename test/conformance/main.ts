// `npm run conformance -- URL`: holds any implementation, in any language, to the contract.
import { writeFile } from 'node:fs/promises';
import { SingleBar } from 'cli-progress';
import bundled from '../../generated/openapi.json' with { type: 'json' };
import type { Contract } from '../../openapi/contract.ts';
import type { Case, Subject } from './case.ts';
import { USER_VARIABLE } from './curl.ts';
import { countByRule, describeFailures, writeFailures, writeGaps, writeJUnit, writeTable } from './report.ts';
import { EXIT, readSettings, type Settings } from './settings.ts';
import { type Outcome, planSuite, runSuite, type SuitePlan } from './suite.ts';
import { createTransport } from './transport.ts';
import { errorOf, parse } from './verdict.ts';

const contract = bundled as unknown as Contract; // The type of the JSON file is narrower.
/** The result goes to the standard output; what accompanies it does not. */
const tell = (text: string) => process.stderr.write(`${text}\n`);

const settings = readSettings(contract, process.argv.slice(2));
process.exitCode = await run(settings);

async function run(settings: Settings): Promise<number> {
  const { subject, seed, requests, rate } = settings;
  const suite = planSuite({ contract, subject, seed, combinations: requests });
  tell(announce(settings, suite.cases));
  const hindrance = await findHindrance(subject, suite);
  if (hindrance !== undefined) {
    tell(`Not run: ${hindrance}`);
    return EXIT.notRun;
  }
  const startedMs = performance.now();
  const outcomes = await sendAll(settings, suite);
  await report(settings, outcomes, (performance.now() - startedMs) / 1000);
  if (outcomes.every(({ reply }) => reply === undefined)) {
    tell('Not run: there was no answer at all.');
    return EXIT.notRun;
  }
  return outcomes.every(({ findings }) => findings.length === 0) ? EXIT.conforms : EXIT.differs;

  function sendAll({ subject }: Settings, suite: SuitePlan): Promise<Outcome[]> {
    const bar = process.stderr.isTTY
      ? new SingleBar({
          format: '{bar} {value}/{total} requests, {failed} failed, {eta_formatted} left',
          stream: process.stderr,
          hideCursor: true,
        })
      : undefined;
    let failed = 0;
    bar?.start(suite.cases.length, 0, { failed });
    return runSuite(
      {
        contract,
        subject,
        seed,
        combinations: requests,
        rate,
        connections: 4,
        onOutcome: ({ findings }) => {
          if (findings.length > 0) failed++;
          bar?.increment({ failed });
        },
        onWait: (seconds) => bar ?? tell(`Over the limit of the implementation: waiting ${seconds} s, as it says.`),
      },
      suite,
    ).finally(() => bar?.stop());
  }
}

function announce({ subject, rate, seed, requests }: Settings, cases: Case[]): string {
  const all = cases.reduce((sum, { before = [] }) => sum + 1 + before.length, 0);
  const creating = cases.filter(({ expected }) => expected.kind === 'accepted').length;
  return `Conformance to "${contract.info.title}", version ${contract.info.version}
Target     ${subject.url}, as client ${subject.clientId}
Sends      ${all} requests: ${cases.length - requests} cases derived from the contract, ${requests} random combinations (--seed ${seed}),
           at most ${rate} a second, so this takes about ${Math.ceil(all / rate)} s
Creates    about ${creating} organizations, owned by ${subject.owner}, with members out of ${subject.members.join(', ')}
`;
}

/** Why there is no point in starting; undefined if there is. */
async function findHindrance(subject: Subject, { plans }: SuitePlan): Promise<string | undefined> {
  const transport = createTransport(subject.url, 1);
  try {
    for (const plan of plans.values()) {
      const reply = await transport.send(plan.build());
      const { type, message } = errorOf(parse(reply)) ?? {};
      if (reply.status === 401 || reply.status === 403)
        return `the credentials of client ${subject.clientId} were refused with ${reply.status}. Give others with --user id:secret, or in ${USER_VARIABLE}.`;
      if (reply.status === 404)
        return `${plan.placed.method.toUpperCase()} ${subject.url}${plan.placed.path} is not there (404). Is ${subject.url} the base URL of the API?`;
      if (type === 'UnknownCustomers')
        return `the implementation does not know the customers: ${message} Give ones that exist with --owner and --member.`;
      if (reply.status === 503) return `the implementation is not available (503).`;
    }
    return undefined;
  } catch (error) {
    const reason =
      error instanceof Error ? error.message || ('code' in error ? String(error.code) : '') : String(error);
    return `there is no answer from ${subject.url} (${reason}). Is it running?`;
  } finally {
    transport.close();
  }
}

async function report({ subject, seed, junit, json }: Settings, outcomes: Outcome[], seconds: number): Promise<void> {
  const rows = countByRule(outcomes);
  const failures = describeFailures(contract, subject, outcomes);
  const failed = outcomes.filter(({ findings }) => findings.length > 0).length;
  if (junit !== undefined) await writeFile(junit, writeJUnit(contract, subject, outcomes, seconds));
  if (json) {
    const result = {
      url: subject.url,
      seed,
      conforms: failed === 0,
      requests: outcomes.length,
      failed,
      seconds,
      rules: rows,
      failures,
    };
    console.log(JSON.stringify(result, null, 2));
    return;
  }
  console.log(writeTable(rows));
  console.log(`\n${writeGaps(contract, outcomes)}`);
  if (failures.length > 0) {
    console.log(writeFailures(failures));
    console.log(`The commands take the credentials from the environment: export ${USER_VARIABLE}=id:secret\n`);
  }
  const verdict = failed === 0 ? 'It conforms.' : `It does not conform: ${failed} of ${outcomes.length} cases failed.`;
  console.log(`${verdict} Seed ${seed}, ${seconds.toFixed(1)} s.`);
}
