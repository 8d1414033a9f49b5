// The suite on a contract with operations of every supported kind: the mock and the edge conform, and defects are
// found.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMock } from '../../../mock/start.ts';
import { operationsOf } from '../../../openapi/model/contract.ts';
import { ApiError } from '../../../server/edge/errors.ts';
import { createSuite, runSuite } from '../../conformance/run/suite.ts';
import { SUBJECT } from '../../conformance/tests/support/subject.ts';
import { growContract, grownHandlers } from '../../support/contract/grown-contract.ts';
import { startEdge, type Target } from '../../support/targets.ts';

const contract = growContract();
const ADDED = [
  ...['readThing', 'replaceThing', 'changeThing', 'deleteThing', 'countParts', 'startJob', 'latestJob', 'readJob'],
  ...['addPet', 'addNote'],
];

async function run(url: string, mock = false) {
  const outcomes = await runSuite({ contract, subject: { ...SUBJECT, url, mock }, seed: 1, combinations: 200 });
  const ours = outcomes.filter(({ case: { operationId } }) => ADDED.includes(operationId));
  return {
    failures: ours
      .filter(({ violations }) => violations.length > 0)
      .map(({ case: each, violations }) => ({ name: each.name, path: each.request.path, violations })),
    operations: [...new Set(ours.map(({ case: { operationId } }) => operationId))],
  };
}

describe('the suite', () => {
  it('derives cases for every operation', () => {
    const suite = createSuite({ contract, subject: SUBJECT, seed: 1, combinations: 0 });

    expect(suite.underivable).toEqual([]);
    for (const operationId of ADDED)
      expect(suite.cases.filter((each) => each.operationId === operationId).length, operationId).toBeGreaterThan(10);
  });

  it('leaves out an operation of which it cannot derive a request, names it, and derives all others', () => {
    const broken = growContract();
    // There is no multiple of 7 and of 11 within these limits.
    broken.components.schemas.ThingPatch = {
      type: 'object',
      required: ['size'],
      properties: { size: { type: 'integer', minimum: 1, maximum: 2, multipleOf: 7 } },
    };

    const suite = createSuite({ contract: broken, subject: SUBJECT, seed: 1, combinations: 10 });

    expect(suite.underivable).toEqual([
      { operationId: 'changeThing', reason: expect.stringContaining('Cannot generate a valid value') },
    ]);
    expect(new Set(suite.cases.map(({ operationId }) => operationId)).size).toBe(operationsOf(broken).length - 1);
  });
});

describe('the edge', () => {
  let target: Target;
  beforeAll(async () => {
    // The types only cover the handlers of the generated contract.
    target = await startEdge(grownHandlers().handlers as object, {
      contract,
      authenticate: ({ clientId, secret }) =>
        clientId === SUBJECT.clientId && secret === SUBJECT.secret ? { account: 'account', clientId } : undefined,
    });
  });
  afterAll(() => target.close());

  it('conforms in all added operations', async () => {
    const { failures, operations } = await run(`${target.url}/api`);

    expect(failures).toEqual([]);
    expect(operations.sort()).toEqual([...ADDED].sort());
  });
});

describe('the mock', () => {
  it('conforms in all added operations', async () => {
    const mock = await startMock({ port: 0, contract });
    const { failures } = await run(mock.url, true);
    await mock.close();

    expect(failures).toEqual([]);
  });
});

describe('an implementation', () => {
  it.each([
    ['takes 412 for a response to a valid request, which the contract declares', 412, 0],
    ['takes 404 for a response to a valid request, which the contract declares', 404, 0],
    ['finds 409, which it does not', 409, 1],
  ])('%s', async (_, status, least) => {
    const types: Record<number, string> = { 404: 'ThingNotFound', 412: 'ThingChanged', 409: 'Conflict' };
    const body = { error: { type: types[status], message: 'There is no such thing.' } };
    const replaceThing = async () => {
      if (status === 409) throw new ApiError('IdempotencyKeyReused');
      return { status, body };
    };
    // The types only cover the handlers of the generated contract.
    const target = await startEdge({ ...grownHandlers().handlers, ...{ replaceThing } } as object, { contract });
    const { failures } = await run(`${target.url}/api`);
    await target.close();

    const ours = failures.filter(({ name }) => name.startsWith('replaceThing') && !name.includes('credentials'));
    expect(ours.length).toBeGreaterThanOrEqual(least);
    if (least === 0) expect(ours).toEqual([]);
  });
});
