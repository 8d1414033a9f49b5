// Random contracts: each is rejected with a reason, or has a mock that conforms.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { startMock } from '../../../mock/start.ts';
import { generateFiles } from '../../../openapi/generator/generate-files.ts';
import type { Contract } from '../../../openapi/model/contract.ts';
import { ContractError } from '../../../openapi/model/contract-error.ts';
import { loadContract } from '../../../openapi/model/load/load-contract.ts';
import { createSuite, runSuite } from '../../conformance/run/suite.ts';
import { SUBJECT } from '../../conformance/tests/support/subject.ts';
import { randomContract } from '../../support/contract/random-contract.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SEED = 20;
const COUNT = 60;

/** The only reason to reject one of these contracts. */
const NO_EXAMPLE = /^\S+\.yaml:\d+:\d+ at #\/paths\/\S+: The (body|parameter|response) has no example, and none can be/;

/** The mock of a contract; undefined when the contract is rejected for that reason. */
async function load(path: string): Promise<Contract | undefined> {
  try {
    const contract = await loadContract(path);
    await generateFiles(contract, path);
    return contract;
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    for (const line of error.message.split('\n')) expect(line).toMatch(NO_EXAMPLE);
    return undefined;
  }
}

describe('random contracts', () => {
  it('have a mock that conforms, or are rejected because they have no example', { timeout: 180_000 }, async () => {
    const folder = await temporaryFolder();
    onTestFinished(() => folder[Symbol.asyncDispose]());
    let supported = 0;

    for (const [index, document] of fc.sample(randomContract, { seed: SEED, numRuns: COUNT }).entries()) {
      const path = join(folder.path, `contract-${index}.yaml`);
      await writeFile(path, stringify(JSON.parse(JSON.stringify(document))));
      const contract = await load(path);
      if (!contract) continue;
      supported += 1;
      const mock = await startMock({ port: 0, contract });
      const options = { contract, subject: { ...SUBJECT, url: mock.url, mock: true }, seed: SEED, combinations: 60 };
      const suite = createSuite(options);
      const outcomes = await runSuite(options, suite);
      await mock.close();

      const wrong = outcomes.flatMap(({ case: { name }, violations }) =>
        violations.map(({ message }) => `${name}: ${message}`),
      );
      expect({ document, wrong, underivable: suite.underivable }).toEqual({ document, wrong: [], underivable: [] });
    }

    expect(supported).toBeGreaterThan(COUNT / 2);
  });
});
