// How ready the contract is for programs that read it, as `redocly score` counts it: nothing is lost but what the shape
// of an operation costs.
import { describe, expect, it } from 'vitest';
import { routes } from '../../generated/operations.ts';
import { operation } from '../support/operation.ts';
import { ROOT, runNode } from '../support/project-copy.ts';

/** A tenth of its subscore for each parameter: `Sequence-Version` and `Idempotency-Key`. */
const PARAMETERS = 1 - 2 / 10;

/**
 * An eighth of its subscore for each level below the root: `error`, `details`, a violation, its pointer. The published
 * page's own answer has two.
 */
const DEPTH = 1 - 4 / 8;

/** What operations share is counted for the first of them, and costs them something. */
const ALONE = new Set(routes.map(({ operationId }) => String(operationId))).size === 1;

/**
 * What every operation has to have in full: all but the cost of its parameters and levels, and of what operations
 * share. An answer without a body has no example.
 */
const IN_FULL = {
  documentationQuality: 1,
  constraintClarity: 1,
  errorClarity: 1,
  identifierClarity: 1,
  polymorphismClarity: 1,
};

describe('redocly score', () => {
  it('counts every part in full, but for two headers and the four levels of an error', async () => {
    const cli = 'node_modules/@redocly/cli/bin/cli.js';

    const ran = await runNode([cli, 'score', 'openapi/openapi.yaml', '--format', 'json'], { cwd: ROOT });

    const { operationScores, discoverability, hotspots } = JSON.parse(ran.stdout);
    expect(operationScores[operation.operationId].subscores).toMatchObject({
      ...IN_FULL,
      exampleCoverage: 1,
      parameterSimplicity: PARAMETERS,
      schemaSimplicity: ALONE ? DEPTH : expect.any(Number),
      dependencyClarity: ALONE ? 1 : expect.any(Number),
    });
    for (const { operationId } of routes)
      expect(operationScores[operationId].subscores, operationId).toMatchObject(IN_FULL);
    expect(discoverability).toBe(100);
    if (ALONE) expect(hotspots).toEqual([]);
  });
});
