// The contract tests: derived from the contract, sent to real targets over HTTP, judged by what the server does not share. Nothing that is declared stays untried.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../../generated/contract.ts';
import { routes } from '../../generated/operations.ts';
import { seedDemo } from '../../server/api/demo.ts';
import { ApiError } from '../../server/edge/errors.ts';
import { openPostgresStore } from '../../server/store/postgres/store.ts';
import type { Subject } from '../conformance/case.ts';
import { declaredIn, exercisedBy, exercisedByReply, findGaps, responsePlaces } from '../conformance/coverage.ts';
import { ERROR_REQUESTS, errorExamples, examplePairs } from '../conformance/example-requests.ts';
import { contractPath, createPlans } from '../conformance/request-builder.ts';
import { type Outcome, planSuite, runSuite } from '../conformance/suite.ts';
import { SUBJECT } from '../conformance/tests/subject.ts';
import { createTransport } from '../conformance/transport.ts';
import { createJudge } from '../conformance/validate-response.ts';
import { startLimitedServer } from '../support/faulty-targets.ts';
import { entryIn } from '../support/operation.ts';
import { startPostgres } from '../support/postgres.ts';
import { serveStore, startEdge, startMockTarget, startSqliteServer, type Target } from '../support/targets.ts';

/** `CONFORMANCE_SEED=123 npm test` repeats a run. */
const seed = Number(process.env.CONFORMANCE_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`Random combinations of seed ${seed}; repeat them with CONFORMANCE_SEED=${seed}.`);

/** One run of the suite for each kind of target. */
const TARGETS: { name: string; start(): Promise<Target>; limits: Pick<Subject, 'mock'> }[] = [
  { name: 'the server on SQLite', start: startSqliteServer, limits: {} },
  { name: 'the server on PostgreSQL', start: startPostgresServer, limits: {} },
  { name: 'the mock', start: startMockTarget, limits: { mock: true } },
];

/** On a database server of its own, which ends with it. */
async function startPostgresServer(): Promise<Target> {
  const postgres = await startPostgres();
  const store = await openPostgresStore({ url: await postgres.createDatabase() });
  await seedDemo(store);
  const server = await serveStore(store);
  return {
    url: server.url,
    close: async () => {
      await server.close();
      await postgres.close();
    },
  };
}

describe('the derivation', () => {
  const { cases } = planSuite({ contract, subject: SUBJECT, seed, combinations: 0 });

  it('gives at least 300 distinct cases, each with a name of its own', () => {
    expect(cases.length).toBeGreaterThanOrEqual(300);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  it('gives the same combinations for the same seed, and others for another', () => {
    const combine = (each: number) =>
      planSuite({ contract, subject: SUBJECT, seed: each, combinations: 20 })
        .cases.slice(-20)
        .map(({ request }) => request);

    expect(combine(7)).toEqual(combine(7));
    expect(combine(7)).not.toEqual(combine(8));
  });
});

describe.each(TARGETS)('$name', ({ start, limits }) => {
  let target: Target;
  let outcomes: Outcome[];

  beforeAll(async () => {
    target = await start();
    const subject = { url: `${target.url}/api`, ...SUBJECT, ...limits };
    outcomes = await runSuite({ contract, subject, seed, combinations: 300, connections: 16 });
  });
  afterAll(() => target.close());

  it('answers every derived case and every combination as the contract says', () => {
    const failed = outcomes.filter(({ findings }) => findings.length > 0);

    expect(failed.map(({ case: { name }, findings, reply }) => ({ name, findings, reply }))).toEqual([]);
    expect(outcomes.length).toBeGreaterThanOrEqual(600);
  });
});

describe('coverage', () => {
  it('reaches every status, error type, request constraint, response header and example of the contract', async () => {
    const exercised = new Set<string>();
    const target = await startSqliteServer();
    const subject = { url: `${target.url}/api`, ...SUBJECT };
    const outcomes = await runSuite({ contract, subject, seed, combinations: 0 }).finally(() => target.close());
    for (const pointer of exercisedBy(contract, outcomes)) exercised.add(pointer);
    for (const pointer of await exerciseFaults()) exercised.add(pointer);
    // contract-examples.test.ts holds the server to each of these, one by one.
    for (const { name, pointer } of errorExamples(contract)) if (name in ERROR_REQUESTS) exercised.add(pointer);
    for (const { answer } of examplePairs(contract)) if (answer) exercised.add(answer.pointer);

    const gaps = findGaps(contract, exercised).filter(({ pointer }) => !pointer.endsWith('/publishedResponse'));

    expect(gaps).toEqual([]);
  });

  it('names what a run has not reached', () => {
    const larger = structuredClone(contract);
    entryIn(larger).operation.responses['402'] = {
      description: 'Payment is required.',
      headers: { 'X-Price': { schema: { type: 'string' } } },
    };
    const everything = new Set(declaredIn(contract).map(({ pointer }) => pointer));

    expect(findGaps(larger, everything).map(({ kind, pointer }) => `${kind} ${pointer}`)).toEqual([
      'status /paths/~1customer-organizations/post/responses/402',
      'response header /paths/~1customer-organizations/post/responses/402/headers/X-Price',
    ]);
    expect(findGaps(contract, new Set())).toHaveLength(everything.size);
  });
});

/** Edges with a fault that nobody can provoke from outside, which every operation meets. The real server has these faults in contract-examples.test.ts. */
const FAULTY: (() => Promise<Target>)[] = [
  startLimitedServer,
  () => startEdge(failEach(new Error('a fault'))),
  () => startEdge(failEach(new ApiError('Unavailable', { headers: { 'Retry-After': 2 } }))),
];

function failEach(error: Error) {
  return Object.fromEntries(routes.map(({ operationId }) => [operationId, () => Promise.reject(error)]));
}

/** What only a server with a fault answers, judged like all else. */
async function exerciseFaults(): Promise<string[]> {
  const judge = createJudge(contract);
  const places = responsePlaces(contract);
  const found: string[] = [];
  for (const start of FAULTY) {
    const target = await start();
    const transport = createTransport(`${target.url}/api`, 1);
    for (const { operationId, build } of createPlans(contract, { url: target.url, ...SUBJECT })) {
      const request = build();
      const reply = await transport.send(request);
      expect(judge({ method: request.method, path: contractPath(contract, request) }, reply)).toEqual([]);
      found.push(...exercisedByReply(contract, places, operationId, reply));
    }
    transport.close();
    await target.close();
  }
  return found;
}
