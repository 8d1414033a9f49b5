// How ready the contract is for programs that read it, as `redocly score` counts it: nothing is lost but what the shape of the operation costs.
import { describe, expect, it } from 'vitest';
import { ROOT, runNode } from './project-copy.ts';

/** A tenth of its subscore for each parameter: `Sequence-Version` and `Idempotency-Key`. */
const PARAMETERS = 1 - 2 / 10;

/** An eighth of its subscore for each level below the root: `error`, `details`, a violation, its pointer. The published page's own answer has two. */
const DEPTH = 1 - 4 / 8;

describe('redocly score', () => {
  it('counts every part in full, but for two headers and the four levels of an error', async () => {
    const cli = 'node_modules/@redocly/cli/bin/cli.js';

    const ran = await runNode([cli, 'score', 'openapi/openapi.yaml', '--format', 'json'], { cwd: ROOT });

    const { subscores, discoverability, hotspots, agentReadiness } = JSON.parse(ran.stdout);
    expect(subscores).toEqual({
      parameterSimplicity: PARAMETERS,
      schemaSimplicity: DEPTH,
      documentationQuality: 1,
      constraintClarity: 1,
      exampleCoverage: 1,
      errorClarity: 1,
      dependencyClarity: 1,
      identifierClarity: 1,
      polymorphismClarity: 1,
    });
    expect({ discoverability, hotspots, agentReadiness }).toEqual({
      discoverability: 100,
      hotspots: [],
      agentReadiness: 93.7,
    });
  });
});
