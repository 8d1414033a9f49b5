// `npm run mutate`: loosens or removes each constraint of the contract in turn, and asks who notices: the contract tests or the breaking-change gate.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { parse } from 'yaml';
import { contract } from '../../generated/contract.ts';
import type { Contract } from '../../openapi/model/contract.ts';
import { declaredIn } from '../conformance/coverage.ts';
import { ROOT } from '../support/project-copy.ts';
import { askGate } from './batch-gate.ts';
import { type ContractTests, createContractTests } from './contract-tests.ts';
import { type Mutant, mutate } from './mutants.ts';
import { createLineOf } from './yaml-lines.ts';

/** Large enough that starting Redocly does not count, small enough to see how far it is. */
const BATCH = 45;

/** Who caught a mutant; undefined if nobody did. */
type Catcher = 'contract tests' | 'gate: breaks clients' | 'gate: not recorded' | undefined;

interface Result {
  mutant: Mutant;
  catcher: Catcher;
}

const startedMs = performance.now();
const filter = process.argv[2] ?? '';
const mutants = [...mutate(contract)].filter(({ pointer, change }) => `${pointer} ${change}`.includes(filter));
const released: Contract = parse(await readFile(join(ROOT, 'openapi/released.yaml'), 'utf8'));
console.error(
  `${mutants.length} mutants of the contract. Each is told by the contract tests or by the gate, or survives.`,
);
const tests = await createContractTests(contract);
const results = await examineAll();
await tests.close();
report(results, await readFile(join(ROOT, 'openapi/openapi.yaml'), 'utf8'));

/** What changes requests is more likely seen by the tests, what changes answers by the gate: the likelier one is asked first, both at the same time. */
async function examineAll(): Promise<Result[]> {
  const requestSide = declaredIn(contract).filter(({ kind }) => kind === 'request constraint');
  const isOfRequests = ({ mutant }: Result) => requestSide.some(({ pointer }) => pointer.startsWith(mutant.pointer));
  const all: Result[] = mutants.map((mutant) => ({ mutant, catcher: undefined }));
  const [ofRequests, others] = [all.filter(isOfRequests), all.filter((each) => !isOfRequests(each))];
  const bar = createBar(all.length);
  const settled = (list: readonly Result[]) => list.filter(({ catcher }) => catcher !== undefined).length;
  const tell = () => bar?.update(settled(all));

  await Promise.all([runTests(tests, ofRequests, tell), runGate(others, tell)]);
  await runGate(
    ofRequests.filter(({ catcher }) => catcher === undefined),
    tell,
  );
  // What the gate only wants recorded may still be noticed by a request.
  await runTests(
    tests,
    others.filter(({ catcher }) => catcher !== 'gate: breaks clients'),
    tell,
  );
  bar?.stop();
  return all;
}

async function runTests(tests: ContractTests, results: readonly Result[], tell: () => void): Promise<void> {
  for (const result of results) {
    if (await tests.notice(result.mutant)) result.catcher = 'contract tests';
    tell();
  }
}

async function runGate(results: readonly Result[], tell: () => void): Promise<void> {
  for (let from = 0; from < results.length; from += BATCH) {
    const batch = results.slice(from, from + BATCH);
    const verdicts = await askGate(
      released,
      batch.map(({ mutant }) => mutant.contract),
    );
    for (const [index, verdict] of verdicts.entries()) {
      const result = batch[index];
      if (result && verdict) result.catcher = `gate: ${verdict}`;
    }
    tell();
  }
}

function createBar(total: number): SingleBar | undefined {
  if (!process.stderr.isTTY) return undefined;
  const bar = new SingleBar({ format: '[{bar}] {value}/{total} caught, {duration_formatted}', barsize: 30 });
  bar.start(total, 0);
  return bar;
}

function report(all: readonly Result[], yaml: string): void {
  const lineOf = createLineOf(yaml);
  const told = (list: readonly Result[]) =>
    list
      .map(({ mutant }) => `  openapi/openapi.yaml:${lineOf(mutant.pointer)}  ${mutant.pointer} ${mutant.change}`)
      .join('\n');
  for (const [catcher, list] of Map.groupBy(all, (each) => each.catcher ?? 'nobody'))
    console.log(`${String(list.length).padStart(4)}  caught by ${catcher}`);
  const quiet = all.filter(({ catcher }) => catcher === 'gate: not recorded');
  if (quiet.length > 0)
    console.log(
      `\nNo request tells these from the contract, for its other constraints say the same; only the gate does:\n${told(quiet)}`,
    );
  const survivors = all.filter(({ catcher }) => catcher === undefined);
  if (survivors.length > 0) console.log(`\nSurvived:\n${told(survivors)}`);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  console.log(`\n${all.length} mutants, ${survivors.length} survived, ${seconds} s.`);
  process.exitCode = survivors.length > 0 || all.length === 0 ? 1 : 0;
}
