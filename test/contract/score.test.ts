// The score of `redocly score`, which rates how well programs can read the contract. Only the shape of the operation
// costs points.
import { describe, expect, it } from 'vitest';
import { routes } from '../../generated/operations.ts';
import { operation } from '../support/contract/operation.ts';
import { ROOT, runNode } from '../support/project-copy.ts';

/** Each parameter costs a tenth: `Sequence-Version` and `Idempotency-Key`. */
const PARAMETER_SIMPLICITY = 1 - 2 / 10;

/** Each level below the root costs an eighth: `error`, `details`, a violation, its pointer. */
const SCHEMA_SIMPLICITY = 1 - 4 / 8;

/** Shared components lower the score, so two subscores are exact only for a single operation. */
const IS_ONLY_OPERATION = new Set(routes.map(({ operationId }) => String(operationId))).size === 1;

/** The subscores that every operation must have in full. */
const FULL_SUBSCORES = {
  documentationQuality: 1,
  constraintClarity: 1,
  errorClarity: 1,
  identifierClarity: 1,
  polymorphismClarity: 1,
};

describe('redocly score', () => {
  it('rates everything in full, except for two header parameters and four levels of nesting', async () => {
    const cli = 'node_modules/@redocly/cli/bin/cli.js';

    const ran = await runNode([cli, 'score', 'openapi/openapi.yaml', '--format', 'json'], { cwd: ROOT });

    const { operationScores, discoverability, hotspots } = JSON.parse(ran.stdout);
    expect(operationScores[operation.operationId].subscores).toMatchObject({
      ...FULL_SUBSCORES,
      exampleCoverage: 1,
      parameterSimplicity: PARAMETER_SIMPLICITY,
      schemaSimplicity: IS_ONLY_OPERATION ? SCHEMA_SIMPLICITY : expect.any(Number),
      dependencyClarity: IS_ONLY_OPERATION ? 1 : expect.any(Number),
    });
    for (const { operationId } of routes)
      expect(operationScores[operationId].subscores, operationId).toMatchObject(FULL_SUBSCORES);
    expect(discoverability).toBe(100);
    if (IS_ONLY_OPERATION) expect(hotspots).toEqual([]);
  });
});
