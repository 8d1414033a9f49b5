// `npm run mutate`: loosens or removes each constraint of the contract in turn, and reports whether the contract tests
// or the breaking-change gate catch it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { contract } from '../../generated/contract.ts';
import { createCommand } from '../../openapi/command/command.ts';
import { declaredIn } from '../conformance/reports/coverage.ts';
import { ROOT } from '../support/project-copy.ts';
import { type ContractTests, createContractTests } from './contract-tests.ts';
import { checkGate } from './gate.ts';
import { type Mutant, mutate } from './mutants.ts';
import { createLineOf } from './yaml-lines.ts';

const RESULTS = {
  'contract tests': 'caught by contract tests',
  'gate: breaks clients': 'caught by gate: breaks clients',
  'gate: not recorded': 'caught by gate: not recorded',
  'gate: no live version': 'rejected by npm run generate',
  'gate: equivalent': 'allow the same values as the contract, so nothing can catch them',
} as const;

/** The check that caught a mutant; undefined when it survived. */
type Catcher = keyof typeof RESULTS | undefined;

interface Result {
  mutant: Mutant;
  catcher: Catcher;
}

const startedMs = performance.now();
const [filter = ''] = createCommand(
  'mutate',
  'Loosen each constraint of the contract, and report what no test catches.',
)
  .argument('[text]', 'takes only mutants whose pointer or change contains this')
  .parse().args;
const mutants = [...mutate(contract)].filter(({ pointer, change }) => `${pointer} ${change}`.includes(filter));
console.error(
  `${mutants.length} mutants of the contract. Each is caught by the contract tests or the gate, or survives.`,
);
const tests = createContractTests(contract);
// Runs the tests twice: tests that fail because of an earlier run would catch every mutant.
for (let run = 1; run <= 2; run++)
  if (await tests.catches({ pointer: '', contract }))
    throw new Error('The contract tests fail without a mutation. Run `npm run conformance` to see which.');
const results = await testAll();
report(results, await readFile(join(ROOT, 'openapi/openapi.yaml'), 'utf8'));

/**
 * Tests more likely catch changes to requests, the gate changes to responses. Each mutant goes to the likelier one
 * first.
 */
async function testAll(): Promise<Result[]> {
  const requestSide = declaredIn(contract).filter(({ kind }) => kind === 'request constraint');
  const isOfRequests = ({ mutant }: Result) => requestSide.some(({ pointer }) => pointer.startsWith(mutant.pointer));
  const all: Result[] = mutants.map((mutant) => ({ mutant, catcher: undefined }));
  const [ofRequests, others] = [all.filter(isOfRequests), all.filter((each) => !isOfRequests(each))];
  const bar = createBar(all.length);
  const settled = (list: readonly Result[]) => list.filter(({ catcher }) => catcher !== undefined).length;
  const update = () => bar?.update(settled(all));

  await runGate(others, update);
  await runTests(tests, ofRequests, update);
  await runGate(
    ofRequests.filter(({ catcher }) => catcher === undefined),
    update,
  );
  // The tests may catch a mutant that the gate only reports as not recorded.
  await runTests(
    tests,
    others.filter(({ catcher }) => catcher !== 'gate: breaks clients'),
    update,
  );
  bar?.stop();
  return all;
}

async function runTests(tests: ContractTests, results: readonly Result[], update: () => void): Promise<void> {
  for (const result of results) {
    if (await tests.catches(result.mutant)) result.catcher = 'contract tests';
    update();
  }
}

async function runGate(results: readonly Result[], update: () => void): Promise<void> {
  for (const result of results) {
    const gateResult = await checkGate(contract, result.mutant.contract, result.mutant.pointer);
    if (gateResult) result.catcher = `gate: ${gateResult}`;
  }
  update();
}

function createBar(total: number): SingleBar | undefined {
  if (!process.stderr.isTTY) return undefined;
  const bar = new SingleBar({ format: '[{bar}] {value}/{total} caught, {duration_formatted}', barsize: 30 });
  bar.start(total, 0);
  return bar;
}

function report(all: readonly Result[], yaml: string): void {
  const lineOf = createLineOf(yaml);
  const format = (list: readonly Result[]) =>
    list
      .map(({ mutant }) => `  openapi/openapi.yaml:${lineOf(mutant.pointer)}  ${mutant.pointer} ${mutant.change}`)
      .join('\n');
  for (const [catcher, list] of Map.groupBy(all, (each) => each.catcher))
    console.log(`${String(list.length).padStart(4)}  ${catcher ? RESULTS[catcher] : 'survived'}`);
  const gateOnly = all.filter(({ catcher }) => catcher === 'gate: not recorded');
  if (gateOnly.length > 0)
    console.log(
      `\nCaught only by the gate, because a server of this contract treats requests the same way:\n${format(gateOnly)}`,
    );
  const survivors = all.filter(({ catcher }) => catcher === undefined);
  if (survivors.length > 0) console.log(`\nSurvived:\n${format(survivors)}`);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  console.log(`\n${all.length} mutants, ${survivors.length} survived, ${seconds} s.`);
  process.exitCode = survivors.length > 0 || all.length === 0 ? 1 : 0;
}
