// Runs the derived cases and random combinations of them against any target, and tells what every answer is worth.
import type { Contract } from '../../openapi/model/contract.ts';
import type { Case, Sent, Subject } from './case.ts';
import { deriveCases } from './derive-cases.ts';
import { combineCases } from './random-cases.ts';
import { contractPath, createPlans, type Plan } from './request-builder.ts';
import { createMemory, type Memory } from './semantics.ts';
import { createSender, type Pace, type Send, TurnedAway } from './sender.ts';
import { createTransport, explainNoAnswer } from './transport.ts';
import { judgeCase } from './validate-case.ts';
import { createJudge, type Finding, type Judge, type Reply } from './validate-response.ts';

export interface SuiteOptions extends Pace {
  contract: Contract;
  subject: Subject;
  /** Of the random combinations. The same seed gives the same ones. */
  seed: number;
  /** How many random combinations are sent besides the derived cases. */
  combinations: number;
  connections?: number;
  /** For one whole answer. */
  timeoutMs?: number;
  /** Ends the run early. */
  stopWhen?(outcome: Outcome): boolean | Promise<boolean>;
  onOutcome?(outcome: Outcome): void;
}

export interface Outcome {
  case: Case;
  findings: Finding[];
  /** Undefined when none came. */
  reply: Reply | undefined;
  /** Answers of 429 that came before it. */
  refusals: Reply[];
  /** What ended the patience of the run, if that is why there is no answer. */
  turnedAway?: TurnedAway;
}

/** What a run sends, and what it is judged by. Independent of where the target is, so that it can serve several runs. */
export interface SuitePlan {
  cases: Case[];
  plans: Map<string, Plan>;
  judge: Judge;
}

export function planSuite({
  contract,
  subject,
  seed,
  combinations,
}: Pick<SuiteOptions, 'contract' | 'seed' | 'combinations'> & { subject: Omit<Subject, 'url'> }): SuitePlan {
  const plans = createPlans(contract, { url: '', ...subject });
  return {
    cases: [...deriveCases(plans), ...combineCases(plans, { seed, count: combinations })],
    plans: new Map(plans.map((plan) => [plan.operationId, plan])),
    judge: createJudge(contract),
  };
}

/** Sends everything, a few at a time. A target that does not answer gives findings, never a rejection. */
export async function runSuite(options: SuiteOptions, suite = planSuite(options)): Promise<Outcome[]> {
  const { contract, subject, connections = 8, timeoutMs, onOutcome, stopWhen } = options;
  const transport = createTransport(subject.url, connections, timeoutMs);
  const { cases: queue, plans, judge } = suite;
  const run: Run = { judge, plans, contract, memory: createMemory(), send: createSender(transport, options) };
  const outcomes: Outcome[] = [];
  const todo = queue.entries();
  let stopped = false;
  const work = async () => {
    for (const [index, each] of todo) {
      const outcome = await runCase(run, each);
      outcomes[index] = outcome;
      onOutcome?.(outcome);
      if (await stopWhen?.(outcome)) stopped = true;
      if (stopped) return;
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, work));
  } finally {
    transport.close();
  }
  // In the order of the cases, with those left out that were not sent any more.
  return outcomes.filter((outcome) => outcome !== undefined);
}

interface Run {
  judge: Judge;
  plans: Map<string, Plan>;
  contract: Contract;
  memory: Memory;
  send: Send;
}

async function runCase(run: Run, each: Case): Promise<Outcome> {
  const plan = run.plans.get(each.operationId);
  if (!plan) throw new Error(`The case ${each.name} belongs to no operation.`);
  const findings: Finding[] = [];
  const refusals: Reply[] = [];
  const judge = (sent: Sent, reply: Reply) =>
    findings.push(...run.judge({ method: sent.method, path: contractPath(run.contract, sent) }, reply));
  const send = async (sent: Sent) => {
    const reply = await run.send(sent, (refusal) => {
      // A refusal is an answer like any other.
      refusals.push(refusal);
      judge(sent, refusal);
    });
    judge(sent, reply);
    return reply;
  };
  try {
    for (const sent of each.before ?? []) await send(sent);
    const reply = await send(each.request);
    findings.push(...judgeCase(plan, each, reply, run.memory));
    return { case: each, findings, reply, refusals };
  } catch (error) {
    const message = `There was no answer: ${explainNoAnswer(error)}.`;
    findings.push({ rule: 'answer', message, contractPointer: plan.pointer });
    const turnedAway = error instanceof TurnedAway && { turnedAway: error };
    return { case: each, findings, reply: undefined, refusals, ...turnedAway };
  }
}
