// The contract tests: requests derived from the contract, sent to real targets over HTTP, and validated by code that
// the server does not share. Everything that is declared must be exercised.
import { describe, expect, it } from 'vitest';
import { contract } from '../../generated/contract.ts';
import { routes } from '../../generated/operations.ts';
import { seedDemo } from '../../server/demo/demo.ts';
import { ApiError } from '../../server/edge/errors.ts';
import { openPostgresStore } from '../../server/store/postgres/store.ts';
import type { HttpRequest, Subject } from '../conformance/cases/case.ts';
import { completeRequest, ERROR_REQUESTS, errorExamples, examplePairs } from '../conformance/cases/example-requests.ts';
import { contractPath, createRequestBuilders } from '../conformance/cases/request-builder.ts';
import {
  declaredIn,
  exercisedBy,
  exercisedByResponse,
  findGaps,
  responsesByPointer,
} from '../conformance/reports/coverage.ts';
import { createSuite, type Outcome, runSuite } from '../conformance/run/suite.ts';
import { createTransport } from '../conformance/send/transport.ts';
import { SUBJECT } from '../conformance/tests/support/subject.ts';
import { createResponseValidator, type HttpResponse } from '../conformance/validate/validate-response.ts';
import { entryIn, operation } from '../support/contract/operation.ts';
import { startLimitedServer } from '../support/failing-targets.ts';
import { startPostgres } from '../support/postgres/postgres.ts';
import { serveStore, startEdge, startMockTarget, startSqliteServer, type Target } from '../support/targets.ts';

/** `CONFORMANCE_SEED=123 npm test` reproduces a run. */
const seed = Number(process.env.CONFORMANCE_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`Random combinations: seed ${seed}. To reproduce: CONFORMANCE_SEED=${seed}.`);

interface ContractTarget {
  name: string;
  start(): Promise<Target>;
  options: Pick<Subject, 'mock'>;
}

const ON_SQLITE: ContractTarget = { name: 'the server on SQLite', start: startSqliteServer, options: {} };
const TARGETS: ContractTarget[] = [
  ON_SQLITE,
  { name: 'the server on PostgreSQL', start: startPostgresServer, options: {} },
  { name: 'the mock', start: startMockTarget, options: { mock: true } },
];

const runs = new Map<ContractTarget, Promise<Outcome[]>>();

/** The suite runs once against each target. */
function runOn(target: ContractTarget): Promise<Outcome[]> {
  const run = runs.get(target) ?? runSuiteOn(target);
  runs.set(target, run);
  return run;
}

async function runSuiteOn({ start, options }: ContractTarget): Promise<Outcome[]> {
  const target = await start();
  const subject = { url: `${target.url}/api`, ...SUBJECT, ...options };
  return runSuite({ contract, subject, seed, combinations: 300, connections: 16 }).finally(() => target.close());
}

/** Closing the target also stops its PostgreSQL server. */
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

describe('createSuite', () => {
  const { cases } = createSuite({ contract, subject: SUBJECT, seed, combinations: 0 });

  it('derives at least 300 cases with unique names', () => {
    expect(cases.length).toBeGreaterThanOrEqual(300);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  it('combines the same requests for the same seed, and others for another seed', () => {
    const combine = (each: number) =>
      createSuite({ contract, subject: SUBJECT, seed: each, combinations: 20 })
        .cases.slice(-20)
        .map(({ request }) => request);

    expect(combine(7)).toEqual(combine(7));
    expect(combine(7)).not.toEqual(combine(8));
  });
});

describe.each(TARGETS)('$name', (target) => {
  it('conforms in every derived case and combination', { timeout: 90_000 }, async () => {
    const outcomes = await runOn(target);

    const failed = outcomes.filter(({ violations }) => violations.length > 0);
    expect(failed.map(({ case: { name }, violations, response }) => ({ name, violations, response }))).toEqual([]);
    expect(outcomes.length).toBeGreaterThanOrEqual(600);
  });
});

describe('coverage', () => {
  it('includes every status, error type, request constraint, response header and example of the contract', {
    timeout: 90_000,
  }, async () => {
    const exercised = new Set<string>();
    const outcomes = (await runOn(ON_SQLITE)).filter((outcome) => outcome.case.rule !== 'combination');
    for (const pointer of exercisedBy(contract, outcomes)) exercised.add(pointer);
    for (const pointer of await exerciseServerErrors()) exercised.add(pointer);
    for (const pointer of await exerciseErrorRequests()) exercised.add(pointer);
    // contract-examples.test.ts tests each of these.
    for (const { name, pointer } of errorExamples(contract)) {
      const [response = ''] = pointer.split('/content/');
      if (name in ERROR_REQUESTS || exercised.has(`${response}#${name}`)) exercised.add(pointer);
    }
    for (const { response } of examplePairs(contract)) if (response) exercised.add(response.pointer);

    const gaps = findGaps(contract, exercised).filter(({ pointer }) => !pointer.endsWith('/publishedResponse'));

    expect(gaps).toEqual([]);
  });

  it('reports what a run has not exercised', () => {
    const extended = structuredClone(contract);
    entryIn(extended).operation.responses['402'] = {
      description: 'Payment is required.',
      headers: { 'X-Price': { schema: { type: 'string' } } },
    };
    const everything = new Set(declaredIn(contract).map(({ pointer }) => pointer));

    expect(findGaps(extended, everything).map(({ kind, pointer }) => `${kind} ${pointer}`)).toEqual([
      'status /paths/~1customer-organizations/post/responses/402',
      'response header /paths/~1customer-organizations/post/responses/402/headers/X-Price',
    ]);
    expect(findGaps(contract, new Set())).toHaveLength(everything.size);
  });
});

/**
 * Targets that fail in ways a client cannot provoke. contract-examples.test.ts provokes the same on the real server.
 */
const FAILING_TARGETS: (() => Promise<Target>)[] = [
  startLimitedServer,
  () => startEdge(failEach(new Error('defect'))),
  () => startEdge(failEach(new ApiError('Unavailable', { headers: { 'Retry-After': 2 } }))),
];

function failEach(error: Error) {
  return Object.fromEntries(routes.map(({ operationId }) => [operationId, () => Promise.reject(error)]));
}

const validate = createResponseValidator(contract);
const definitions = responsesByPointer(contract);

/** Validates a response, and returns the pointers that it exercises. */
function exerciseResponse(operationId: string, request: HttpRequest, response: HttpResponse): string[] {
  expect(validate({ method: request.method, path: contractPath(contract, request) }, response)).toEqual([]);
  return exercisedByResponse(contract, definitions, operationId, response);
}

/** Exercises the errors that a handler returns for its own reasons, which the suite cannot derive from the contract. */
async function exerciseErrorRequests(): Promise<string[]> {
  const target = await startSqliteServer();
  const transport = createTransport(`${target.url}/api`, 1);
  const found: string[] = [];
  for (const { condition, before, request } of Object.values(ERROR_REQUESTS)) {
    if (condition !== 'normal') continue;
    if (before) await transport.send(completeRequest(before));
    const complete = completeRequest(request);
    found.push(...exerciseResponse(operation.operationId, complete, await transport.send(complete)));
  }
  transport.close();
  await target.close();
  return found;
}

/** Exercises and validates the responses of the failing targets. */
async function exerciseServerErrors(): Promise<string[]> {
  const found: string[] = [];
  for (const start of FAILING_TARGETS) {
    const target = await start();
    const transport = createTransport(`${target.url}/api`, 1);
    for (const { operationId, build } of createRequestBuilders(contract, { url: target.url, ...SUBJECT })) {
      const request = build();
      found.push(...exerciseResponse(operationId, request, await transport.send(request)));
    }
    transport.close();
    await target.close();
  }
  return found;
}
