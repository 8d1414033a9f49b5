// Runs the derived cases and random combinations of them against any target, and tells what every answer is worth.
import { setTimeout as wait } from 'node:timers/promises';
import type { Contract } from '../../openapi/contract.ts';
import type { Case, Sent, Subject } from './case.ts';
import { deriveCases } from './derive.ts';
import { createJudge, type Finding, type Judge, type Reply } from './judge.ts';
import { createMemory, type Memory } from './meaning.ts';
import { contractPath, createPlans, type Plan } from './plan.ts';
import { combineCases } from './random.ts';
import { createTransport, type Transport } from './transport.ts';
import { judgeCase } from './verdict.ts';

export interface SuiteOptions {
  contract: Contract;
  subject: Subject;
  /** Of the random combinations. The same seed gives the same ones. */
  seed: number;
  /** How many random combinations are sent besides the derived cases. */
  combinations: number;
  /** Requests a second; default: as many as the connections carry. */
  rate?: number;
  connections?: number;
  /** Ends the run early. */
  stopWhen?(outcome: Outcome): boolean;
  onOutcome?(outcome: Outcome): void;
  onWait?(seconds: number): void;
}

export interface Outcome {
  case: Case;
  findings: Finding[];
  /** Undefined when none came. */
  reply: Reply | undefined;
}

/** How often a request that was turned away with 429 is repeated. */
const PATIENCE = 20;

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
  const { contract, subject, connections = 8, onOutcome, stopWhen } = options;
  const transport = createTransport(subject.url, connections);
  const { cases: queue, plans, judge } = suite;
  const run: Run = { judge, plans, contract, memory: createMemory(), send: createSender(transport, options) };
  const outcomes: Outcome[] = [];
  let next = 0;
  let stopped = false;
  const work = async () => {
    while (next < queue.length && !stopped) {
      const each = queue[next++];
      if (!each) return;
      const outcome = await runCase(run, each);
      outcomes.push(outcome);
      onOutcome?.(outcome);
      stopped ||= stopWhen?.(outcome) ?? false;
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, work));
  } finally {
    transport.close();
  }
  return outcomes;
}

interface Run {
  judge: Judge;
  plans: Map<string, Plan>;
  contract: Contract;
  memory: Memory;
  send(sent: Sent): Promise<Reply>;
}

async function runCase(run: Run, each: Case): Promise<Outcome> {
  const plan = run.plans.get(each.operationId);
  if (!plan) throw new Error(`The case ${each.name} belongs to no operation.`);
  const judge = (sent: Sent, reply: Reply) =>
    run.judge({ method: sent.method, path: contractPath(run.contract, sent) }, reply);
  try {
    const findings: Finding[] = [];
    for (const sent of each.before ?? []) findings.push(...judge(sent, await run.send(sent)));
    const reply = await run.send(each.request);
    findings.push(...judge(each.request, reply), ...judgeCase(plan, each, reply, run.memory));
    return { case: each, findings, reply };
  } catch (error) {
    const message = `There was no answer: ${error instanceof Error ? error.message : String(error)}`;
    return { case: each, findings: [{ rule: 'answer', message, contractPointer: plan.pointer }], reply: undefined };
  }
}

/** Keeps to the rate, and waits as long as a 429 says before it repeats. */
function createSender(transport: Transport, { rate, onWait }: SuiteOptions): (sent: Sent) => Promise<Reply> {
  let slotMs = 0;
  return async (sent) => {
    for (let attempt = 0; ; attempt++) {
      if (rate !== undefined) {
        slotMs = Math.max(slotMs + 1000 / rate, Date.now());
        await wait(slotMs - Date.now());
      }
      const reply = await transport.send(sent);
      const seconds = Number(reply.headers['retry-after']);
      if (reply.status !== 429 || !(seconds >= 0) || attempt >= PATIENCE) return reply;
      onWait?.(seconds);
      await wait(Math.min(seconds, 3600) * 1000);
    }
  };
}
